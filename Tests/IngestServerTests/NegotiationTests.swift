import EventLedger
import EventModel
import Testing

@testable import IngestServer

/// What clients accept as an answer, what they want to know about it, and when they send a body.
@Suite struct NegotiationTests {
    @Test("a client that takes no JSON is told so before anything is stored", arguments: [nil, "a-key"])
    func refusedBeforeStored(key: String?) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let request = WireRequest.ingest(token, key: key)
            let refused = try await server.exchange(request.adding("Accept", "text/html"))
            #expect(refused.status == 406)
            #expect(refused.errorCode == "not_acceptable")
            #expect(refused["Content-Type"] == "application/json")
            var batch = request
            batch.target = "/v1/events/batch"
            batch.body = Array("[\(WireRequest.goodBody)]".utf8)
            #expect(try await server.exchange(batch.adding("Accept", "text/html")).status == 406)
            #expect(store.with { $0.submissions } == 0)
            #expect(try await server.exchange(request.adding("Accept", "text/html, */*;q=0.1")).status == 200)
        }
    }

    @Test(
        "every route but those of health looks at Accept once it knows the token",
        arguments: [
            ("GET", "/v1/events"), ("GET", "/v1/events/000000000000000000000001"), ("GET", "/v1/contacts"),
            ("HEAD", "/v1/contacts"), ("GET", "/v1/contacts/cus_0123456789abcdef"), ("POST", "/v1/contacts"),
            ("DELETE", "/v1/contacts/cus_0123456789abcdef"), ("GET", "/openapi.json"), ("POST", "/oauth/token"),
        ]
    )
    func routes(method: String, target: String) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsRead, .contactsRead, .contactsWrite)
            var request = WireRequest.get(target, token, method: method).adding("Accept", "text/html")
            if method == "POST" {
                request.framing = .length
                request.body = Array("grant_type=client_credentials".utf8)
                let type = target == "/oauth/token" ? "application/x-www-form-urlencoded" : "application/json"
                request = request.adding("Content-Type", type)
            }
            let response = try await server.exchange(request)
            #expect(response.status == 406)
            #expect(store.with { $0.contactChanges.isEmpty })
        }
    }

    @Test("what comes before the answer's type is told first, and health and errors are told anyway")
    func order() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let cases: [(WireRequest, Int)] = [
                (.ingest(nil), 401), (.get("/v1/events", token), 403), (.get("/nothing"), 404),
                (.ingest(token).adding("Content-Type", "text/xml"), 415), (.get("/healthz"), 200),
                (.get("/readyz"), 200),
            ]
            for (request, status) in cases {
                let response = try await server.exchange(request.adding("Accept", "text/html"))
                #expect(response.status == status)
            }
        }
    }

    @Test(
        "a change of a contact is refused for its size, its type and its coding before its answer's type",
        arguments: ["POST", "PATCH", "DELETE"]
    )
    func orderOfContacts(method: String) async throws {
        try await withServer { server, store in
            let token = store.token(.contactsWrite)
            let good = WireRequest.json(method, "/v1/contacts", token, "[").adding("Accept", "text/html")
            var tooLarge = good.adding("Content-Type", "text/csv")
            tooLarge.body = [UInt8](repeating: 0x20, count: Limits.contactBodyBytes + 1)
            let cases: [(WireRequest, Int)] = [
                (tooLarge, 413), (good.adding("Content-Type", "text/csv"), 415),
                (good.adding("Content-Encoding", "br"), 415), (good, 406),
            ]
            for (request, status) in cases {
                let response = try await server.exchange(request)
                #expect(response.status == status)
            }
        }
    }

    // MARK: Server-Timing

    @Test("whoever prefers it is told what took how long, on every route, and nobody else")
    func timing() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, .eventsRead)
            let withStore = /receive;dur=[0-9]+\.[0-9]{3}, store;dur=[0-9]+\.[0-9]{3}, total;dur=[0-9]+\.[0-9]{3}/
            let withoutStore = /receive;dur=[0-9]+\.[0-9]{3}, total;dur=[0-9]+\.[0-9]{3}/
            var batch = WireRequest.ingest(token, body: "[\(WireRequest.goodBody)]")
            batch.target = "/v1/events/batch"
            for request in [WireRequest.ingest(token), batch] {
                let told = try #require(
                    try await server.exchange(request.adding("Prefer", "server-timing"))["Server-Timing"]
                )
                #expect(told.wholeMatch(of: withStore) != nil, "\(told)")
                #expect(try await server.exchange(request)["Server-Timing"] == nil)
            }
            for request in [WireRequest.ingest(token, body: "{}"), .get("/v1/events", token), .get("/nothing")] {
                let told = try #require(
                    try await server.exchange(request.adding("Prefer", "server-timing"))["Server-Timing"]
                )
                #expect(told.wholeMatch(of: withoutStore) != nil, "\(told)")
                #expect(try await server.exchange(request)["Server-Timing"] == nil)
            }
        }
    }

    @Test("what is told of one request is not told of the next one on the connection")
    func timingOfOne() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let connection = try await server.connect()
            let timed = try await connection.exchange(.ingest(token).adding("Prefer", "server-timing"))
            #expect(timed["Server-Timing"] != nil)
            #expect(try await connection.exchange(.ingest(token))["Server-Timing"] == nil)
            let rejected = try await connection.exchange(.ingest(token, body: "{").adding("Prefer", "server-timing"))
            #expect(rejected["Server-Timing"]?.contains("store") == false)
        }
    }

    // MARK: Expect

    private static func creation(_ token: TokenSecret) -> WireRequest {
        var request = WireRequest.ingest(token, body: #"{"email":"ada@example.com"}"#)
        request.target = "/v1/contacts"
        return request.adding("Expect", "100-continue")
    }

    @Test("a client that waits to be told to send a body is told so on the router's routes as well")
    func continues() async throws {
        try await withServer { server, store in
            let request = NegotiationTests.creation(store.token(.contactsWrite))
            let connection = try await server.connect()
            try await connection.send(request.head)
            #expect(try await connection.response().status == 100)
            try await connection.send(request.body)
            #expect(try await connection.response().status != 100)
            #expect(store.with { $0.contactChanges.count } == 1)
        }
    }

    @Test("and is not told so where the answer is known without the body, or where it did not ask")
    func doesNotContinue() async throws {
        try await withServer { server, store in
            for request in [
                NegotiationTests.creation(TokenSecret.random()),
                NegotiationTests.creation(store.token(.contactsWrite)).adding("Content-Type", "text/xml"),
                NegotiationTests.creation(store.token(.contactsWrite)).adding("Accept", "text/html"),
            ] {
                let connection = try await server.connect()
                try await connection.send(request.head)
                let response = try await connection.response()
                #expect(response.status >= 400)
                #expect(response["Connection"] == "close")
            }
            var plain = NegotiationTests.creation(store.token(.contactsWrite))
            plain.fields.removeAll { $0.name == "Expect" }
            #expect(try await server.exchange(plain).status != 100)
        }
    }
}
