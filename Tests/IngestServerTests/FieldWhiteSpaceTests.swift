import EventLedger
import EventModel
import Testing

@testable import IngestServer

/// White space around a field's value, which is not part of it (RFC 9110, section 5.5).
@Suite struct FieldWhiteSpaceTests {
    @Test("white space behind a field's value is no part of it", arguments: [" ", "\t", " \t "])
    func whiteSpace(space: String) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, .contactsWrite)
            let connection = try await server.connect()
            for target in ["/v1/events", "/v1/contacts"] {
                var request = WireRequest.ingest(token, body: #"{"event_type":"t","email":"ada@example.com"}"#)
                request.target = target
                // The store of these tests knows no contact.
                let good = target == "/v1/events" ? 200 : 404
                request = request.adding("X-Request-Id", "abc\(space)")
                    .adding("Content-Length", "\(request.body.count) ")
                request.framing = .none
                let response = try await connection.exchange(request)
                #expect(response.status == good)
                #expect(response["X-Request-Id"] == "abc")
            }
        }
    }

    @Test("a client that waits is told to go on, whatever white space stands behind its expectation")
    func expectation() async throws {
        try await withServer { server, store in
            let request = WireRequest.ingest(store.token(.eventsWrite)).adding("Expect", "100-continue \t")
            let connection = try await server.connect()
            try await connection.send(request.head)
            #expect(try await connection.response().status == 100)
            try await connection.send(request.body)
            #expect(try await connection.response().status == 200)
        }
    }

    @Test(
        "white space is taken from the ends of a value, and from nowhere else",
        arguments: [
            ("Transfer-Encoding", "chunked ", 200), ("Transfer-Encoding", "chun ked", 400),
            ("Transfer-Encoding", "chunked, ", 400), ("Content-Length", "3 5", 400), ("Content-Length", "+35 ", 400),
            ("Content-Length", "35,35 ", 400), ("Content-Length", "35, 35", 400), ("Content-Length", " ", 400),
            ("Content-Length", "\u{B}35", 400),
        ]
    )
    func framing(name: String, value: String, status: Int) async throws {
        try await withServer { server, store in
            var request = WireRequest.ingest(store.token(.eventsWrite))
            request.framing = .chunked(bytes: 10)
            let body = name == "Transfer-Encoding" ? request.framedBody : request.body
            request.framing = .none
            let connection = try await server.connect()
            try await connection.send(request.adding(name, value).head + body)
            let response = try await connection.response()
            #expect(response.status == status)
            #expect(store.with { $0.submissions } == (status == 200 ? 1 : 0))
        }
    }
}
