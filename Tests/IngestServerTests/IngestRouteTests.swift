import EventLedger
import Testing

@testable import IngestServer

@Suite("POST /v1/events")
struct IngestRouteTests {
    private static let good = #"{"event_type":"signup","email":"a@example.com"}"#

    /// A body of an exact length.
    static func body(bytes: Int) -> String {
        let start = #"{"event_type":"signup","email":"a@example.com","note":""#
        return start + String(repeating: "x", count: bytes - start.utf8.count - 2) + #""}"#
    }

    static func chunked(_ body: String, chunkBytes: Int = 50_000) -> String {
        var text = ""
        var rest = Array(body.utf8)[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(chunkBytes)
            text += String(chunk.count, radix: 16) + "\r\n" + String(decoding: chunk, as: UTF8.self) + "\r\n"
            rest = rest.dropFirst(chunkBytes)
        }
        return text + "0\r\n\r\n"
    }

    @Test("A good event is accepted with the documented answer")
    func accepted() async throws {
        let store = FakeStore()
        let token = store.grant(.eventsWrite)
        try await TestServer.run(over: store) { server in
            let response = try await server.send(requestText(token: token, body: Self.good))
            #expect(response.status == 200)
            #expect(response.body == #"{"event_id":"000000000000000000100001","status":"accepted"}"#)
            #expect(response.header("Content-Type") == "application/json")
            #expect(response.header("Connection") == nil)
            #expect(response.header("Date") != nil)
        }
        #expect(store.submissions.count == 1)
    }

    @Test("A known key answers with the first answer and the replay's marks")
    func replayed() async throws {
        let store = FakeStore()
        let token = store.grant(.eventsWrite)
        try await TestServer.run(over: store) { server in
            let text = requestText(token: token, headers: ["Idempotency-Key: k"], body: Self.good)
            _ = try await server.send(text)
            let replay = try await server.send(text)
            #expect(
                replay.body
                    == #"{"event_id":"000000000000000000100001","status":"accepted","idempotent_replay":true}"#
            )
            #expect(replay.header("Idempotent-Replayed") == "true")
            #expect(replay.header("Idempotency-Payload-Mismatch") == nil)

            let invalid = requestText(token: token, headers: ["Idempotency-Key: k"], body: #"{"email":7}"#)
            let mismatch = try await server.send(invalid)
            #expect(mismatch.body == replay.body)
            #expect(mismatch.header("Idempotency-Payload-Mismatch") == "true")

            let unknownKey = requestText(token: token, headers: ["Idempotency-Key: other"], body: #"{"email":7}"#)
            #expect(try await server.send(unknownKey).status == 400)
            // Broken JSON is refused without a look at the key.
            let broken = requestText(token: token, headers: ["Idempotency-Key: k"], body: "{")
            #expect(try await server.send(broken).status == 400)
        }
    }

    /// One fault a row, and with it every fault that is checked later: only the first is told.
    struct Precedence: Sendable, CustomTestStringConvertible {
        var name: String
        var method = "POST"
        var target = "/v1/events"
        var scope: Scope?
        var headers: [String] = []
        var body: String? = "{"
        var status: Int
        var code: String
        var testDescription: String { name }

        static let oversized = "Content-Length: \(Limits.requestBodyBytes + 1)"
        static let all = [
            Precedence(
                name: "route before token",
                target: "/v1/nothing",
                headers: [oversized, "Content-Type: text/plain"],
                body: nil,
                status: 404,
                code: "not_found"
            ),
            Precedence(
                name: "method before token",
                method: "PUT",
                headers: [oversized, "Content-Type: text/plain"],
                body: nil,
                status: 405,
                code: "method_not_allowed"
            ),
            Precedence(
                name: "token before size",
                headers: [oversized, "Content-Type: text/plain"],
                body: nil,
                status: 401,
                code: "unauthorized"
            ),
            Precedence(
                name: "scope before size",
                scope: .eventsRead,
                headers: [oversized, "Content-Type: text/plain"],
                body: nil,
                status: 403,
                code: "insufficient_scope"
            ),
            Precedence(
                name: "size before type",
                scope: .eventsWrite,
                headers: [oversized, "Content-Type: text/plain"],
                body: nil,
                status: 413,
                code: "payload_too_large"
            ),
            Precedence(
                name: "type before JSON",
                scope: .eventsWrite,
                headers: ["Content-Type: text/plain"],
                status: 415,
                code: "unsupported_media_type"
            ),
            Precedence(
                name: "JSON before key",
                scope: .eventsWrite,
                headers: ["Idempotency-Key: "],
                status: 400,
                code: "base"
            ),
        ]
    }

    @Test("Of several faults the first in the order of the checks is told", arguments: Precedence.all)
    func precedence(_ row: Precedence) async throws {
        let store = FakeStore()
        let token = row.scope.map { store.grant($0) }
        try await TestServer.run(over: store) { server in
            let text = requestText(row.method, row.target, token: token, headers: row.headers, body: row.body)
            let response = try await server.send(text)
            #expect(response.status == row.status)
            #expect(response.body.contains("\"\(row.code)\""))
            #expect(response.header("X-Request-Id") != nil)
        }
        #expect(store.submissions.isEmpty)
    }

    @Test("The body may have the limit's size and not a byte more", arguments: [true, false], [0, 1])
    func size(isChunked: Bool, excess: Int) async throws {
        let store = FakeStore()
        let token = store.grant(.eventsWrite)
        let body = Self.body(bytes: Limits.requestBodyBytes + excess)
        try await TestServer.run(over: store) { server in
            let text =
                isChunked
                ? requestText(token: token, headers: ["Transfer-Encoding: chunked"]) + Self.chunked(body)
                : requestText(token: token, body: body)
            let response = try await server.send(text)
            #expect(response.status == (excess == 0 ? 200 : 413))
        }
        #expect(store.submissions.count == (excess == 0 ? 1 : 0))
    }

    @Test(
        "A content type is application/json or none",
        arguments: [
            ("Content-Type: application/json", 200), ("Content-Type: APPLICATION/JSON; charset=utf-8", 200),
            ("X-Nothing: 1", 200), ("Content-Type: text/plain", 415), ("Content-Type: application/jsonp", 415),
        ]
    )
    func contentType(header: String, status: Int) async throws {
        let store = FakeStore()
        let token = store.grant(.eventsWrite)
        try await TestServer.run(over: store) { server in
            let response = try await server.send(requestText(token: token, headers: [header], body: Self.good))
            #expect(response.status == status)
        }
    }

    @Test(
        "What the store cannot do is answered with 503 and Retry-After",
        arguments: [
            (StoreError.overloaded, "overloaded"), (.diskFull, "storage_unavailable"),
            (.writeFailed(reason: "sync"), "storage_unavailable"), (.closed, "storage_unavailable"),
        ]
    )
    func storeFails(error: StoreError, code: String) async throws {
        let store = FakeStore()
        let token = store.grant(.eventsWrite)
        store.fail(with: error)
        try await TestServer.run(over: store) { server in
            for body in [Self.good, #"{"idempotency_key":"k"}"#] {
                let response = try await server.send(requestText(token: token, body: body))
                #expect(response.status == 503)
                #expect(response.body.contains("\"\(code)\""))
                #expect(response.header("Retry-After") != nil)
            }
        }
    }

    @Test(
        "A target that names the route in another way names the same route",
        arguments: [
            ("/v1/events?x=/v1/contacts", 200), ("/v1/events/", 200), ("http://localhost/v1/events", 200),
            ("/v1/events2", 404), ("/v1/Events", 404), ("//v1/events", 200),
        ]
    )
    func targets(target: String, status: Int) async throws {
        let store = FakeStore()
        let token = store.grant(.eventsWrite)
        try await TestServer.run(over: store) { server in
            let response = try await server.send(requestText("POST", target, token: token, body: Self.good))
            #expect(response.status == status, "\(target)")
        }
    }

    @Test("A revoked token is refused by the very next request")
    func revoked() async throws {
        let store = FakeStore()
        let token = store.grant(.eventsWrite)
        try await TestServer.run(over: store) { server in
            let statuses = try await server.client { client in
                client.send(requestText(token: token, body: Self.good))
                let first = try client.response().status
                store.revokeAll()
                client.send(requestText(token: token, body: Self.good))
                return [first, try client.response().status]
            }
            #expect(statuses == [200, 401])
        }
    }
}
