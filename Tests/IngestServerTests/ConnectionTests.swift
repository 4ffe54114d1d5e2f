import EventLedger
import NIOCore
import Testing

@testable import IngestServer

@Suite("A connection")
struct ConnectionTests {
    private static let good = #"{"event_type":"signup","email":"a@example.com"}"#

    @Test("Pipelined requests are answered in their order, whoever answers them")
    func pipelined() async throws {
        let store = FakeStore()
        let token = store.grant(.eventsWrite, .eventsRead)
        store.hold()
        try await TestServer.run(over: store) { server in
            async let answers = server.client { client in
                client.send(
                    requestText(token: token, headers: ["X-Request-Id: 1"], body: Self.good)
                        + requestText("GET", "/healthz", headers: ["X-Request-Id: 2"])
                        + requestText(headers: ["X-Request-Id: 3"], body: Self.good)
                        + requestText("GET", "/v1/events", token: token, headers: ["X-Request-Id: 4"])
                        + requestText(token: token, headers: ["X-Request-Id: 5"], body: Self.good)
                )
                return try (1...5).map { _ in try client.response() }
            }
            await store.waitForSubmissions(1)
            store.release()
            let responses = try await answers
            #expect(responses.map(\.status) == [200, 200, 401, 200, 200])
            #expect(responses.map { $0.header("X-Request-Id") } == ["1", "2", "3", "4", "5"])
        }
    }

    @Test("A thousand refused requests in one packet are answered one after the other")
    func manyRefusals() async throws {
        let count = 1_000
        try await TestServer.run(over: FakeStore()) { server in
            let statuses = try await server.client { client in
                client.send(String(repeating: requestText(body: ""), count: count))
                return try (1...count).map { _ in try client.response().status }
            }
            #expect(statuses.allSatisfy { $0 == 401 })
        }
    }

    @Test("Expect: 100-continue is answered after the checks of the head, and only where they pass")
    func expectContinue() async throws {
        let store = FakeStore()
        let token = store.grant(.eventsWrite)
        try await TestServer.run(over: store) { server in
            let head = ["Expect: 100-continue", "Content-Length: \(Self.good.utf8.count)"]
            let good = try await server.client { client in
                client.send(requestText(token: token, headers: head))
                let interim = try client.response()
                client.send(Self.good)
                return [interim.status, try client.response().status]
            }
            #expect(good == [100, 200])
            for (token, headers, status) in [
                (nil, head, 401),
                (token, head + ["Content-Type: text/plain"], 415),
                (token, ["Expect: 100-continue", "Content-Length: \(Limits.requestBodyBytes + 1)"], 413),
            ] {
                let refused = try await server.client { client in
                    client.send(requestText(token: token, headers: headers))
                    return (try client.response(), client.isClosedByServer())
                }
                #expect(refused.0.status == status)
                #expect(refused.0.header("Connection") == "close")
                #expect(refused.1)
            }
        }
    }

    @Test("A request that is refused before its body was read can be read off, and the connection ends properly")
    func earlyRefusal() async throws {
        try await TestServer.run(over: FakeStore()) { server in
            let (response, isClosed) = try await server.client { client in
                client.send(requestText(headers: ["Content-Length: 1000000"]))
                // More than the socket buffers hold, so that the server has to read to let it be sent.
                client.send([UInt8](repeating: 0x20, count: 900_000))
                return (try client.response(), client.isClosedByServer())
            }
            #expect(response.status == 401)
            #expect(response.header("Connection") == "close")
            #expect(isClosed)
        }
    }

    @Test("A request that is refused with its body there keeps the connection")
    func refusalKeepsConnection() async throws {
        let store = FakeStore()
        let token = store.grant(.eventsWrite)
        try await TestServer.run(over: store) { server in
            let responses = try await server.client { client in
                client.send(requestText(body: Self.good))
                let refused = try client.response()
                client.send(requestText(token: token, body: Self.good))
                return [refused, try client.response()]
            }
            #expect(responses.map(\.status) == [401, 200])
            #expect(responses[0].header("Connection") == nil)
        }
    }

    @Test("Nothing is asked of the store for a request without a token")
    func noTokenNoWork() async throws {
        let store = FakeStore()
        try await TestServer.run(over: store) { server in
            _ = try await server.send(requestText(body: Self.good))
        }
        #expect(store.authorizationQuestions == 0)
    }

    /// Requests whose end two readers could see in two places, and other things that are no HTTP.
    static let malformed = [
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
        "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nabcde",
        "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nabcde",
        "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nabcde",
        "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nabcde",
        "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\nabcde",
        "POST /v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
        "POST /v1/events HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /healthz HTTP/1.1\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET /healthz\r\nHost: a\r\n\r\n",
        "NOTHING /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\r\n\r\n",
    ]

    @Test(
        "What is no request gets the envelope, an id, and the end of the connection",
        arguments: ConnectionTests.malformed
    )
    func refusesMalformed(text: String) async throws {
        try await TestServer.run(over: FakeStore()) { server in
            let (response, isClosed) = try await server.client { client in
                client.send(text)
                return (try client.response(), client.isClosedByServer())
            }
            #expect(response.status == 400)
            #expect(response.body.hasPrefix(#"{"error":{"code":"bad_request","message":""#))
            #expect(response.header("X-Request-Id") != nil)
            #expect(response.header("Connection") == "close")
            #expect(isClosed)
        }
    }

    @Test("A broken chunk in the body of a request that is coming in gets the envelope")
    func brokenChunk() async throws {
        let store = FakeStore()
        let token = store.grant(.eventsWrite)
        try await TestServer.run(over: store) { server in
            let (response, isClosed) = try await server.client { client in
                client.send(requestText(token: token, headers: ["Transfer-Encoding: chunked"]) + "2\r\n{}\r\nzz\r\n")
                return (try client.response(), client.isClosedByServer())
            }
            #expect(response.status == 400)
            #expect(isClosed)
        }
        #expect(store.submissions.isEmpty)
    }

    @Test(
        "A head beyond its limits is refused with 431",
        arguments: [
            "X-Long: " + String(repeating: "x", count: Limits.headerFieldBytes + 1),
            (0...Limits.headerFields).map { "X-\($0): 1" }.joined(separator: "\r\n"),
            (0..<8).map { "X-\($0): " + String(repeating: "x", count: 5_000) }.joined(separator: "\r\n"),
        ]
    )
    func headTooLarge(header: String) async throws {
        try await TestServer.run(over: FakeStore()) { server in
            let response = try await server.send(requestText("GET", "/healthz", headers: [header]))
            #expect(response.status == 431)
            #expect(response.body.contains("header_fields_too_large"))
        }
    }

    @Test(
        "The connection ends after the answer where the client says so",
        arguments: [
            ("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", true),
            ("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", true),
            ("GET /healthz HTTP/1.0\r\n\r\n", true),
            ("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false),
            ("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", true),
        ]
    )
    func persistence(text: String, ends: Bool) async throws {
        try await TestServer.run(over: FakeStore()) { server in
            let (response, isClosed) = try await server.client { client in
                client.send(text)
                let response = try client.response()
                return (response, ends ? client.isClosedByServer() : false)
            }
            #expect(response.status == 200)
            #expect(response.header("Connection") == (ends ? "close" : "keep-alive"))
            #expect(isClosed == ends)
        }
    }

    @Test("A client that closed its side after the request still gets the answer")
    func halfClosed() async throws {
        let store = FakeStore()
        let token = store.grant(.eventsWrite)
        store.hold()
        try await TestServer.run(over: store) { server in
            async let answer = server.client { client in
                client.send(requestText(token: token, body: Self.good))
                client.endSending()
                return (try client.response(), client.isClosedByServer())
            }
            await store.waitForSubmissions(1)
            store.release()
            let (response, isClosed) = try await answer
            #expect(response.status == 200)
            #expect(isClosed)
        }
    }

    @Test(
        "A client that takes too long gets 408, and one that does nothing is closed",
        arguments: [
            ("POST /v1/ev", 408), ("POST /v1/events HTTP/1.1\r\nHost: a\r\n", 408), ("", 0),
        ]
    )
    func tooSlow(text: String, status: Int) async throws {
        var limits = ConnectionLimits()
        limits.head = .milliseconds(50)
        limits.idle = .milliseconds(50)
        try await TestServer.run(over: FakeStore(), limits: limits) { server in
            let (response, isClosed) = try await server.client { client in
                client.send(text)
                return (status == 0 ? nil : try client.response(), client.isClosedByServer())
            }
            #expect(response?.status == (status == 0 ? nil : status))
            #expect(isClosed)
        }
    }

    @Test("A body that does not arrive in time gets 408 and is not ingested")
    func slowBody() async throws {
        var limits = ConnectionLimits()
        limits.body = .milliseconds(50)
        let store = FakeStore()
        let token = store.grant(.eventsWrite)
        try await TestServer.run(over: store, limits: limits) { server in
            let (response, isClosed) = try await server.client { client in
                client.send(requestText(token: token, headers: ["Content-Length: 10"]) + "{")
                return (try client.response(), client.isClosedByServer())
            }
            #expect(response.status == 408)
            #expect(isClosed)
        }
        #expect(store.submissions.isEmpty)
    }

    @Test(
        "A request's own id comes back where it is usable, and a fresh one otherwise",
        arguments: [
            ("abc-123", true), (String(repeating: "x", count: 128), true), (String(repeating: "x", count: 129), false),
            ("a b", false), ("é", false), ("", false),
        ]
    )
    func requestID(id: String, isTaken: Bool) async throws {
        try await TestServer.run(over: FakeStore()) { server in
            for text in [
                requestText("GET", "/healthz", headers: ["X-Request-Id: \(id)"]),
                requestText(headers: ["X-Request-Id: \(id)"], body: "{}"),
                "GET /healthz HTTP/1.1\r\nX-Request-Id: \(id)\r\n\r\n",
            ] {
                let answer = try await server.send(text).header("X-Request-Id")
                #expect((answer == id) == isTaken)
                #expect(answer?.isEmpty == false)
            }
        }
    }

    @Test("No more connections are served at once than the settings say")
    func connectionCap() async throws {
        // One accept takes up to a few connections at once, so what can be relied on is that the others wait.
        let settings = ServerSettings(port: 0, connections: 1)
        try await TestServer.run(over: FakeStore(), settings: settings) { server in
            let answered = try await server.client { first in
                first.send(requestText("GET", "/healthz"))
                return try first.response().status
            }
            #expect(answered == 200)
            #expect(try await server.send(requestText("GET", "/healthz")).status == 200)
        }
    }
}
