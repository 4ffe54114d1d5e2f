import EventLedger
import EventModel
import Testing

@testable import IngestServer

/// What a request asks for, if two readers could understand it differently.
@Suite struct RequestTargetTests {
    static let fragments = [
        "/v1/events?#dry_run=true", "/v1/events#?dry_run=true", "/v1/events#x", "/v1/events?limit=1#x", "/healthz#",
        "/v1/events/batch#?dry_run=true", "/v1/contacts#x", "/#", "http://localhost/v1/events?#dry_run=true",
    ]

    @Test(
        "a target with a fragment is refused on every path, and nothing is stored",
        arguments: fragments,
        ["GET", "PUT", "POST", "OPTIONS"]
    )
    func fragment(target: String, method: String) async throws {
        try await withServer { server, store in
            var request = WireRequest.ingest(store.token(.eventsWrite, .eventsRead, .contactsRead))
            (request.method, request.target) = (method, target)
            let connection = try await server.connect()
            try await connection.send(request.bytes)
            let response = try await connection.response()
            #expect(response.status == 400)
            #expect(response.errorCode == "bad_request")
            #expect(response["Connection"] == "close")
            #expect(store.with { $0.submissions + $0.dryRuns } == 0)
        }
    }

    @Test("a target with a fragment is refused over HTTP/2 as well", arguments: ["/healthz#x", "/v1/events?#x", "/#"])
    func fragmentOfStream(target: String) async throws {
        try await withSecureServer { server, _, pem in
            try await withFrames(port: server.port, trusting: pem) { connection in
                try await connection.send([.get(target, stream: 1)])
                // The first byte is the static table's entry for status 400 (RFC 7541, appendix A).
                let refused = try await connection.next(.headers)
                #expect(refused?.payload.first == 0x8C)
                try await connection.send([.get("/healthz", stream: 3)])
                let taken = try await connection.next(.headers)
                #expect(taken?.payload.first == 0x88)
            }
        }
    }

    @Test(
        "a path with an empty segment is none of ours, and does nothing",
        arguments: [
            ("POST", "/v1/contacts//unsubscribe"), ("PATCH", "/v1/contacts/"), ("DELETE", "/v1/contacts/"),
            ("POST", "/v1/contacts/"), ("GET", "/v1/contacts/"), ("GET", "/v1/events/"), ("GET", "//v1//events"),
            ("POST", "/v1/events/"), ("POST", "//v1/events"), ("POST", "/v1//events?x=1"),
            ("POST", "/v1/events/batch/"),
            ("HEAD", "/v1/events/"), ("OPTIONS", "/v1/events/"), ("GET", "/healthz/"), ("GET", "//"), ("GET", "/"),
            ("POST", "/oauth//token"), ("POST", "http://localhost/v1/events/"), ("GET", "http://localhost//v1/events"),
        ]
    )
    func emptySegment(method: String, target: String) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, .eventsRead, .contactsRead, .contactsWrite)
            let request = WireRequest.json(method, target, token, #"{"event_type":"t","email":"ada@example.com"}"#)
            let connection = try await server.connect()
            let response = try await connection.exchange(request)
            #expect(response.status == 404)
            if method != "HEAD" { #expect(response.errorCode == "not_found") }
            #expect(store.with { $0.submissions } == 0)
            #expect(store.with { $0.contactChanges.isEmpty })
            #expect(try await connection.exchange(.get("/healthz")).status == 200)
        }
    }

    @Test("a path with an empty segment is none of the operator's either", arguments: ["//metrics", "/metrics/", "/"])
    func emptySegmentOfOperator(target: String) async throws {
        try await withServer(ServerSetup(hasMetricsPort: true)) { server, _ in
            let port = try #require(server.metricsPort)
            #expect(try await WireConnection.open(port: port).exchange(.get(target)).status == 404)
        }
    }
}
