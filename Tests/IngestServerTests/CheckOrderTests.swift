import EventModel
import Testing

@testable import IngestServer

/// The order of the checks of an ingest: if several things are wrong at once, the first one in the order is reported.
@Suite struct CheckOrderTests {
    /// The faults of a request, in the order in which they are found.
    enum Fault: Int, CaseIterable, Sendable, Comparable, CustomTestStringConvertible {
        case method, token, scope, size, contentType, json, key, fields

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

        var testDescription: String { "\(self)" }
    }

    /// Each fault alone, and each together with every later one.
    static let combinations: [[Fault]] = Fault.allCases.flatMap { first in
        [[first], Fault.allCases.filter { $0 >= first }]
            + Fault.allCases.filter { $0 > first }.map { [first, $0] }
    }

    @Test("of several faults the first in the order is answered", arguments: combinations)
    func firstFaultAnswers(faults: [Fault]) async throws {
        try await withServer { server, store in
            let request = CheckOrderTests.request(with: Set(faults), store)
            let response = try await server.exchange(request)
            #expect(response.status == CheckOrderTests.status(of: faults.min()!))
            switch faults.min()! {
            case .method: #expect(response.errorCode == "method_not_allowed")
            case .token: #expect(response.errorCode == "unauthorized")
            case .scope: #expect(response.errorCode == "insufficient_scope")
            case .size: #expect(response.errorCode == "payload_too_large")
            case .contentType: #expect(response.errorCode == "unsupported_media_type")
            case .json: #expect(response.faultyFields == ["base"])
            case .key, .fields: #expect(response.faultyFields?.isEmpty == false)
            }
            #expect(response["X-Request-Id"] != nil)
            #expect(response["Content-Type"] == "application/json")
            #expect(store.with { $0.events.count } == 0)
            #expect(store.with { $0.submissions } == 0)
        }
    }

    @Test("a request without a fault is accepted")
    func noFault() async throws {
        try await withServer { server, store in
            let response = try await server.exchange(CheckOrderTests.request(with: [], store))
            #expect(response.status == 200)
            #expect(response.text == #"{"event_id":"000000000000000000000001","status":"accepted"}"#)
            #expect(store.with { $0.events.count } == 1)
        }
    }

    @Test(
        "a token that is missing or has not the form of one is refused",
        arguments: [
            [], [""], ["Bearer"], ["Bearer "], ["Basic dXNlcjpwYXNz"], ["Bearer privy_123"], ["Bearer \(unknown) x"],
            ["Bearer \(unknown)"], [unknown],
        ]
    )
    func badToken(values: [String]) async throws {
        try await withServer { server, _ in
            var request = WireRequest.ingest(nil)
            for value in values { request.fields.append(("Authorization", value)) }
            let response = try await server.exchange(request)
            #expect(response.status == 401)
            #expect(response.errorCode == "unauthorized")
            #expect(response.text.contains("Bearer token is missing or invalid"))
            #expect(response["WWW-Authenticate"] == "Bearer")
        }
    }

    @Test("two good tokens in one request are none")
    func twoTokens() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let request = WireRequest.ingest(token).adding("Authorization", "Bearer \(token.text)")
            let response = try await server.exchange(request)
            #expect(response.status == 401)
        }
    }

    @Test("a token is refused from the very next request on after it was revoked")
    func revokedToken() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let connection = try await server.connect()
            #expect(try await connection.exchange(.ingest(token)).status == 200)
            store.with { $0.tokens[token.digest] = nil }
            #expect(try await connection.exchange(.ingest(token)).status == 401)
        }
    }

    @Test("the scheme Bearer is taken in any case", arguments: ["bearer", "BEARER", "bEaReR"])
    func schemeInAnyCase(scheme: String) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let request = WireRequest.ingest(nil).adding("Authorization", "\(scheme) \(token.text)")
            let response = try await server.exchange(request)
            #expect(response.status == 200)
        }
    }

    @Test(
        "application/json with any parameters, or no type, is taken and nothing else",
        arguments: [
            (nil, 200), ("application/json", 200), ("Application/JSON", 200), ("application/json; charset=utf-8", 200),
            ("application/json;profile=\"x;y\"", 200), ("text/plain", 415), ("application/jsonp", 415),
            ("application/x-www-form-urlencoded", 415), ("application/json, text/plain", 415),
        ] as [(String?, Int)]
    )
    func contentTypes(type: String?, status: Int) async throws {
        try await withServer { server, store in
            var request = WireRequest.ingest(store.token(.eventsWrite))
            if let type { request.fields.append(("Content-Type", type)) }
            let response = try await server.exchange(request)
            #expect(response.status == status)
        }
    }

    @Test("of the header's key and the body's the header's wins, good or bad")
    func headerKeyWins() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let body = #"{"event_type":"signup","email":"ada@example.com","idempotency_key":"from-the-body"}"#
            let good = try await server.exchange(.ingest(token, key: "from-the-header", body: body))
            #expect(good.status == 200)
            #expect(store.with { Set($0.keys.keys.map(\.description)) } == ["from-the-header"])
            let bad = try await server.exchange(.ingest(token, key: "", body: body))
            #expect(bad.status == 400)
            #expect(bad.faultyFields == ["idempotency_key"])
        }
    }

    @Test("a known key answers whatever else the body says, but not a body that is no JSON")
    func knownKeyAnswers() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let first = try await server.exchange(.ingest(token, key: "k"))
            #expect(first["Idempotent-Replayed"] == nil)
            let invalid = try await server.exchange(.ingest(token, key: "k", body: "{}"))
            #expect(invalid.status == 200)
            #expect(invalid.object?["idempotent_replay"] as? Bool == true)
            #expect(invalid["Idempotent-Replayed"] == "true")
            #expect(invalid["Idempotency-Payload-Mismatch"] == "true")
            let malformed = try await server.exchange(.ingest(token, key: "k", body: "{"))
            #expect(malformed.status == 400)
            let unknown = try await server.exchange(.ingest(token, key: "other", body: "{}"))
            #expect(unknown.status == 400)
            #expect(unknown.faultyFields == ["event_type", "base"])
            #expect(store.with { $0.events.count } == 1)
        }
    }

    private static let unknown = TokenSecret.random().text

    private static func request(with faults: Set<Fault>, _ store: FakeEventStore) -> WireRequest {
        let token = faults.contains(.scope) ? store.token(.eventsRead, .contactsRead) : store.token(.eventsWrite)
        var body = faults.contains(.fields) ? "{\"event_type\":\"no spaces\"}" : WireRequest.goodBody
        if faults.contains(.json) { body = "[1" }
        if faults.contains(.size) { body += String(repeating: " ", count: Limits.requestBodyBytes) }
        var request = WireRequest.ingest(faults.contains(.token) ? nil : token, body: body)
        if faults.contains(.method) { request.method = "PUT" }
        if faults.contains(.key) { request.fields.append(("Idempotency-Key", String(repeating: "k", count: 256))) }
        request.fields.append(("Content-Type", faults.contains(.contentType) ? "text/csv" : "application/json"))
        return request
    }

    private static func status(of fault: Fault) -> Int {
        switch fault {
        case .method: 405
        case .token: 401
        case .scope: 403
        case .size: 413
        case .contentType: 415
        case .json, .key, .fields: 400
        }
    }
}
