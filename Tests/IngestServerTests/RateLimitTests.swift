import EventLedger
import Foundation
import Testing

@testable import IngestServer

/// What clients of a limited account see of its limits.
@Suite struct RateLimitTests {
    private static let windows = ["Minute", "Day"]

    private static func remaining(_ response: WireResponse) -> [Int?] {
        windows.map { response["X-RateLimit-Remaining-\($0)"].flatMap { Int($0) } }
    }

    private static func fieldNames(_ response: WireResponse) -> Set<String> {
        Set(response.fields.map(\.name).filter { $0.hasPrefix("X-RateLimit") })
    }

    @Test("every answer to a good token tells the account's limits, what is left, and when the windows end")
    func headers() async throws {
        try await withServer { server, store in
            let limiter = RateLimiter(RateLimits(perMinute: 1_000, perDay: 5_000))
            let all = store.token(.eventsWrite, .eventsRead, .contactsRead, limiter: limiter)
            let none = store.token(.contactsWrite, limiter: limiter)
            let tooLarge = WireRequest.ingest(all, body: String(repeating: " ", count: 262_145))
            // A request, its answer's status, and whether it was counted.
            let exchanges: [(WireRequest, Int, Bool)] = [
                (.ingest(all, key: "k"), 200, true),
                (.ingest(all, key: "k"), 200, true),
                (.ingest(all, body: "{}"), 400, true),
                (tooLarge, 413, true),
                (.ingest(all).adding("Content-Type", "text/csv"), 415, true),
                (.ingest(none), 403, false),
                (.batch(all, [WireRequest.goodBody, WireRequest.goodBody]), 200, true),
                (.get("/v1/events", all), 200, true),
                (.get("/v1/events", all, method: "HEAD"), 200, true),
                (.get("/v1/events?limit=0", all), 422, true),
                (.get("/v1/events/000000000000000000009999", all), 404, true),
                (.get("/v1/events", none), 403, false),
                (.get("/v1/contacts", all), 200, true),
            ]
            var counted = 0
            for (request, status, isCounted) in exchanges {
                let before = Int(Date().timeIntervalSince1970)
                let response = try await server.exchange(request)
                let after = Int(Date().timeIntervalSince1970)
                if isCounted { counted += 1 }
                #expect(response.status == status)
                #expect(response["X-RateLimit-Limit-Minute"] == "1000")
                #expect(response["X-RateLimit-Limit-Day"] == "5000")
                // The minute may have ended in the middle of the test; the day hardly ever.
                #expect(Self.remaining(response)[1] == 5_000 - counted)
                let reset = try #require(response["X-RateLimit-Reset-Minute"].flatMap { Int($0) })
                #expect(reset % 60 == 0 && reset > before && reset <= after + 60)
                let dayReset = try #require(response["X-RateLimit-Reset-Day"].flatMap { Int($0) })
                #expect(dayReset % 86_400 == 0 && dayReset > before)
            }
        }
    }

    @Test("an account without limits, a bad token and a route without one are told nothing")
    func noHeaders() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, .eventsRead)
            for request in [
                WireRequest.ingest(token), .get("/v1/events", token), .ingest(nil), .get("/v1/events"),
                .get("/readyz", token), .get("/nothing", token),
            ] {
                let response = try await server.exchange(request)
                #expect(Self.fieldNames(response).isEmpty)
            }
        }
    }

    @Test("a request that is refused before its token is read is told nothing, also behind one of a limited account")
    func refusedHead() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, limiter: RateLimiter(RateLimits(perDay: 3)))
            let connection = try await server.connect()
            #expect(Self.fieldNames(try await connection.exchange(.ingest(token))).count == 3)
            let response = try await connection.exchange(.ingest(token).adding("Host", "other"))
            #expect(response.status == 400)
            #expect(Self.fieldNames(response).isEmpty)
        }
    }

    @Test("an account with one limit is told of that window only")
    func oneWindow() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, limiter: RateLimiter(RateLimits(perDay: 3)))
            let names = Self.fieldNames(try await server.exchange(.ingest(token)))
            #expect(names == ["X-RateLimit-Limit-Day", "X-RateLimit-Remaining-Day", "X-RateLimit-Reset-Day"])
        }
    }

    @Test("over the limit nothing is taken in or read: 429 with Retry-After, for all tokens of the account")
    func refused() async throws {
        try await withServer { server, store in
            let limiter = RateLimiter(RateLimits(perDay: 2))
            let (one, other) = (store.token(.eventsWrite, limiter: limiter), store.token(.eventsRead, limiter: limiter))
            #expect(try await server.exchange(.ingest(one)).status == 200)
            #expect(try await server.exchange(.get("/v1/events", other)).status == 200)
            for request in [
                WireRequest.ingest(one, key: "k"), .get("/v1/events", other), .batch(one, [WireRequest.goodBody]),
                // The limit is checked before the size and after the scope.
                .ingest(one, body: String(repeating: " ", count: 262_145)),
            ] {
                let response = try await server.exchange(request)
                #expect(response.status == 429)
                #expect(response.errorCode == "rate_limited")
                let seconds = try #require(response["Retry-After"].flatMap { Int($0) })
                #expect((1...86_400).contains(seconds))
                #expect(Self.remaining(response)[1] == 0)
            }
            #expect(try await server.exchange(.ingest(other)).status == 403)
            #expect(try await server.exchange(.ingest(nil)).status == 401)
            #expect(store.with { $0.events.count } == 1)
        }
    }

    @Test("connections of one account share its limit, and no request slips through between them")
    func shared() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, limiter: RateLimiter(RateLimits(perDay: 10)))
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<40 { group.addTask { try await server.exchange(.ingest(token)).status } }
                return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses == [200: 10, 429: 30])
        }
    }
}
