import EventModel
import IngestAPI
import Testing

@testable import IngestServer

/// What browsers are answered: which methods a path accepts, and which pages may use the server.
@Suite struct BrowserTests {
    private static func preflight(_ target: String, origin: String?) -> WireRequest {
        var request = WireRequest.get(target, method: "OPTIONS")
        if let origin { request.fields.append(("Origin", origin)) }
        request.fields.append(("Access-Control-Request-Method", "POST"))
        return request
    }

    @Test(
        "OPTIONS tells the methods of a path, without a token, and 404 for a path that is none",
        arguments: [
            ("/v1/events", "GET, HEAD, POST, OPTIONS"), ("/v1/events/batch", "POST, OPTIONS"),
            ("/oauth/token", "POST, OPTIONS"), ("/healthz", "GET, HEAD, OPTIONS"), ("/nothing", nil),
        ] as [(String, String?)]
    )
    func options(target: String, allow: String?) async throws {
        try await withServer { server, _ in
            let response = try await server.exchange(.get(target, method: "OPTIONS"))
            #expect(response.status == (allow == nil ? 404 : 204))
            #expect(response["Allow"] == allow)
            #expect(response.body.isEmpty == (allow != nil))
        }
    }

    @Test("without an origin that was named, no answer says anything of origins")
    func offByDefault() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, .eventsRead)
            for request in [
                WireRequest.ingest(token).adding("Origin", "https://shop.example"),
                .get("/v1/events", token).adding("Origin", "https://shop.example"),
                BrowserTests.preflight("/v1/events", origin: "https://shop.example"),
            ] {
                let response = try await server.exchange(request)
                #expect(!response.fields.contains { $0.name.hasPrefix("Access-Control") || $0.name == "Vary" })
            }
        }
    }

    @Test("a page of an origin that was named may send, and read the answer, and no other may")
    func named() async throws {
        let pages = try #require(CORSPolicy("https://shop.example, http://localhost:3000"))
        try await withServer(ServerSetup(pages: pages)) { server, store in
            let token = store.token(.eventsWrite, .eventsRead)
            for (origin, isAllowed) in [
                ("https://shop.example", true), ("http://localhost:3000", true), ("https://other.example", false),
                ("https://shop.example.evil", false), ("null", false), (nil, false),
            ] as [(String?, Bool)] {
                let asked = try await server.exchange(BrowserTests.preflight("/v1/events", origin: origin))
                #expect(asked.status == 204)
                #expect(asked["Access-Control-Allow-Origin"] == (isAllowed ? origin : nil))
                if isAllowed {
                    #expect(asked["Access-Control-Allow-Methods"]?.contains("POST") == true)
                    #expect(asked["Access-Control-Allow-Headers"]?.contains("Authorization") == true)
                }
                for request in [
                    WireRequest.ingest(token), .ingest(nil), .get("/v1/events", token), .get("/nothing"),
                    .get("/v1/events", token).adding("Host", "again"),
                ] {
                    let sent = origin.map { request.adding("Origin", $0) } ?? request
                    let response = try await server.exchange(sent)
                    #expect(response["Access-Control-Allow-Origin"] == (isAllowed ? origin : nil))
                    #expect(response["Vary"] == "Origin")
                }
            }
        }
    }

    @Test("origins are a scheme and a host, or all of them")
    func policies() {
        for text in [
            "https://a.example", "http://localhost:1", "*", " https://a.example , http://b ", "https://[::1]",
            "http://[2001:db8::1]:8080", "http://127.0.0.1:443", "https://xn--a.example:65535", "http://a_b-c.d",
        ] {
            #expect(CORSPolicy(text) != nil, "\(text)")
        }
        for text in ["", ",", "a.example", "https://", "https://a.example/", "ftp://a", "https://A.example", "null"] {
            #expect(CORSPolicy(text) == nil, "\(text)")
        }
        // Text that looks like an origin but that no browser sends.
        for text in [
            "https://*.shop.example", "https://a:443", "http://a:80", "https://u@a", "https://u:p@a", "https://a#b",
            "https://a:", "https://a:x", "https://a:+1", "https://a:01", "https://a:0", "https://a:65536",
            "https://[::1", "https://[a]", "https://[]", "https://::1", "https://[::1]x", "https://[::1]:443",
            "https://a?b", "https://a b", "https://bücher.example",
        ] {
            #expect(CORSPolicy(text) == nil, "\(text)")
        }
        #expect(CORSPolicy("*")?.headers(for: .once("https://any.example")).count == 3)
    }
}
