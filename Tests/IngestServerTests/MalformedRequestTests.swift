import EventModel
import Testing

@testable import IngestServer

/// Requests that are not HTTP, or whose end two readers could see in different places.
@Suite struct MalformedRequestTests {
    static let malformed: [(String, String)] = [
        ("no HTTP at all", "hello\r\n\r\n"),
        ("another protocol", "GET / HTTP/2.0\r\nHost: x\r\n\r\n"),
        ("no version", "GET /healthz\r\nHost: x\r\n\r\n"),
        ("a space in a name", "GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n"),
        ("a line without a colon", "GET /healthz HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"),
        ("no Host", "GET /healthz HTTP/1.1\r\n\r\n"),
        ("two Hosts", "GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
        ("two lengths", "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        ("two equal lengths", "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"),
        ("a list of lengths", "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na"),
        ("a length that is no number", "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\na"),
        ("a negative length", "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\na"),
        ("a length with a sign", "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na"),
        ("a hexadecimal length", "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\na"),
        (
            "a length beyond every integer",
            "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: \(String(repeating: "9", count: 30))\r\n\r\n"
        ),
        (
            "a length and chunks",
            "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        (
            "chunks and a length",
            "POST /v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"
        ),
        ("an unknown coding", "POST /v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"),
        (
            "chunks and another coding",
            "POST /v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"
        ),
        (
            "chunks twice",
            "POST /v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        ("chunks in HTTP/1.0", "POST /v1/events HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("a folded line", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n"),
        ("a NUL in a value", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\u{0}b\r\n\r\n"),
    ]

    @Test(
        "a request that is not valid HTTP is refused with the envelope, and the connection ends",
        arguments: malformed
    )
    func refused(name: String, request: String) async throws {
        try await withServer { server, store in
            let connection = try await server.connect()
            try await connection.send(request)
            let response = try await connection.response()
            #expect(response.status == 400, "\(name)")
            #expect(response.errorCode == "bad_request")
            #expect(response["Connection"] == "close")
            #expect(response["X-Request-Id"] != nil)
            #expect(response["Content-Type"] == "application/json")
            connection.finishSending()
            #expect(try await connection.rest().isEmpty)
        }
    }

    @Test(
        "a chunked body that is broken is refused, and nothing of it is stored",
        arguments: ["x\r\n", "5\r\nabcdefgh\r\n", "-1\r\n", "FFFFFFFFFFFFFFFFFF\r\n"]
    )
    func brokenChunks(body: String) async throws {
        try await withServer { server, store in
            for target in ["/v1/events", "/healthz"] {
                var request = WireRequest.ingest(store.token(.eventsWrite), body: "")
                if target == "/healthz" { request = .get(target) }
                request.framing = .chunked(bytes: 1)
                let connection = try await server.connect()
                try await connection.send(request.head + Array(body.utf8))
                let responses = LockedBytes.responses(in: try await connection.rest())
                #expect(responses.count <= 1)
                if target == "/v1/events" { #expect(responses.map(\.status) == [400]) }
                #expect(store.with { $0.submissions } == 0)
            }
        }
    }

    @Test("a key behind the body is refused, and nothing is stored; other fields there are ignored")
    func trailingKey() async throws {
        try await withServer { server, store in
            var request = WireRequest.ingest(store.token(.eventsWrite), body: "")
            request.framing = .chunked(bytes: 1)
            let body = WireRequest.ingest(store.token(.eventsWrite)).body
            for (field, status) in [("idempotency-key: k", 400), ("X-Checksum: k", 200)] {
                let connection = try await server.connect()
                let chunk = Array("\(String(body.count, radix: 16))\r\n".utf8) + body + Array("\r\n".utf8)
                try await connection.send(request.head + chunk + Array("0\r\n\(field)\r\n\r\n".utf8))
                #expect(try await connection.response().status == status)
            }
            #expect(store.with { $0.events.count } == 1)
        }
    }

    @Test("a good request before a broken one is answered first")
    func goodThenBroken() async throws {
        try await withServer { server, store in
            let connection = try await server.connect()
            let token = store.token(.eventsWrite)
            try await connection.send(WireRequest.ingest(token).bytes + Array("nonsense\r\n\r\n".utf8))
            #expect(try await connection.response().status == 200)
            #expect(try await connection.response().status == 400)
            connection.finishSending()
            #expect(try await connection.rest().isEmpty)
            #expect(store.with { $0.events.count } == 1)
        }
    }

    @Test("a client that closes its side within a request gets no event, and the server goes on")
    func closedWithinRequest() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let bytes = WireRequest.ingest(token).bytes
            for length in [5, 30, WireRequest.ingest(token).head.count, bytes.count - 1] {
                let connection = try await server.connect()
                try await connection.send(bytes.prefix(length))
                connection.finishSending()
                _ = try await connection.rest()
            }
            #expect(store.with { $0.submissions } == 0)
            #expect(try await server.exchange(.ingest(token)).status == 200)
        }
    }

    // MARK: The head's limits

    @Test(
        "the head's limits: number of fields, size of a field, size of all",
        arguments: [
            (fields: Limits.headerFields - 1, bytes: 8, status: 200), (Limits.headerFields, 8, 431),
            (1, Limits.headerFieldBytes - 100, 200), (1, Limits.headerFieldBytes + 1, 431),
            (3, 8_000, 200), (5, 8_000, 431),
        ]
    )
    func headLimits(fields: Int, bytes: Int, status: Int) async throws {
        try await withServer { server, _ in
            var request = WireRequest.get("/healthz")
            for number in 0..<fields {
                request.fields.append(("X-\(number)", String(repeating: "x", count: bytes)))
            }
            let connection = try await server.connect()
            try await connection.send(request.bytes)
            let response = try await connection.response()
            #expect(response.status == status)
            if status != 200 {
                #expect(response["Connection"] == "close")
                #expect(response["X-Request-Id"] != nil)
            }
        }
    }

    @Test("a target that is too long is refused", arguments: [(8_000, 404), (9_000, 431)])
    func longTarget(bytes: Int, status: Int) async throws {
        try await withServer { server, _ in
            let response = try await server.exchange(.get("/" + String(repeating: "x", count: bytes)))
            #expect(response.status == status)
        }
    }

    // MARK: Request ids

    @Test(
        "a request's id is taken over where it is 1 to 128 visible ASCII characters",
        arguments: ["a", "!~", String(repeating: "x", count: 128), "0b0e3a5e-1111-4222-8333-444444444444"]
    )
    func goodRequestID(id: String) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, .eventsRead)
            for request in [
                WireRequest.ingest(token), .ingest(nil), .ingest(token, body: "{"), .get("/v1/events", token),
                .get("/nowhere"), .get("/healthz", method: "PUT"), .get("/healthz", method: "HEAD"),
            ] {
                let answer148 = try await server.exchange(request.adding("X-Request-Id", id))
                #expect(answer148["X-Request-Id"] == id)
            }
        }
    }

    @Test(
        "any other id is replaced by a fresh one",
        arguments: [[], [""], ["a b"], ["ä"], [String(repeating: "x", count: 129)], ["a", "b"], ["a\tb"]]
    )
    func badRequestID(ids: [String]) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, .eventsRead)
            var seen: Set<String> = []
            for base in [WireRequest.ingest(token), .get("/v1/events", token), .get("/nowhere")] {
                var request = base
                for id in ids { request.fields.append(("X-Request-Id", id)) }
                let id = try #require(try await server.exchange(request)["X-Request-Id"])
                #expect(!ids.contains(id))
                #expect((1...128).contains(id.utf8.count) && id.utf8.allSatisfy { (0x21...0x7E).contains($0) })
                seen.insert(id)
            }
            #expect(seen.count == 3)
        }
    }
}
