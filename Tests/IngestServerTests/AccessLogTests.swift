import EventLedger
import EventModel
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import TestSupport
import Testing

@testable import IngestServer

/// The line that is logged for each request if the access log is on.
@Suite struct AccessLogTests {
    private static func lines(_ server: ServerUnderTest) -> [String] {
        server.log.lines.filter { $0.hasPrefix("info request ") }
    }

    /// Waits until the server has stopped: by then all lines are written, though not always before the client has its
    /// answer.
    private static func stop(_ server: ServerUnderTest) async throws {
        await server.beginShutdown()
        try await server.waitUntilStopped()
    }

    @Test("there is none by default")
    func off() async throws {
        try await withServer { server, store in
            _ = try await server.exchange(.ingest(store.token(.eventsWrite)))
            try await AccessLogTests.stop(server)
            #expect(AccessLogTests.lines(server).isEmpty)
        }
    }

    @Test("every answer has a line with the route, the status, the size, the time, the client and the request's id")
    func on() async throws {
        try await withServer(ServerSetup(logsAccess: true, logLevel: .error)) { server, store in
            let token = store.token(.eventsWrite, .eventsRead)
            let requests: [(WireRequest, String, String)] = [
                (.ingest(token), "POST", "/v1/events"), (.ingest(nil), "POST", "/v1/events"),
                (.get("/v1/events?event_type=secret", token), "GET", "/v1/events"),
                (.get("/v1/events/000000000000000000000001", token), "GET", "/v1/events/{event_id}"),
                (.get("/secret/path"), "GET", "other"),
                (.get("/healthz").adding("Host", "twice"), "GET", "/healthz"),
            ]
            var expected: [String] = []
            for (request, method, route) in requests {
                let response = try await server.exchange(request)
                let id = try #require(response["X-Request-Id"])
                expected.append(
                    "bytes=\(response.body.count) client=127.0.0.1 method=\(method) request-id=\(id) "
                        + "route=\(route) status=\(response.status)"
                )
            }
            try await AccessLogTests.stop(server)
            let lines = AccessLogTests.lines(server).map { line in
                line.replacing("info request ", with: "").replacing(/\ ms=[0-9]+\.[0-9]{3}/, with: "")
            }
            #expect(lines == expected)
            #expect(AccessLogTests.lines(server).allSatisfy { $0.contains(" ms=") })
            #expect(!server.log.text.contains("secret") && !server.log.text.contains(token.text))
        }
    }

    @Test("what is no request has a line as well")
    func noRequest() async throws {
        try await withServer(ServerSetup(logsAccess: true)) { server, _ in
            let connection = try await server.connect()
            try await connection.send("nothing\r\n\r\n")
            let response = try await connection.response()
            let id = try #require(response["X-Request-Id"])
            try await AccessLogTests.stop(server)
            let expected = "info request bytes=\(response.body.count) client=127.0.0.1 request-id=\(id) status=400"
            #expect(AccessLogTests.lines(server) == [expected])
        }
    }

    @Test("a request that its client abandons has a line that says so")
    func abandoned() throws {
        let log = LogRecorder()
        let logger = Logger(label: "test") { _ in log.handler() }
        let channel = EmbeddedChannel()
        let deadlines = RequestDeadlines(eventLoop: channel.embeddedEventLoop, limits: ConnectionLimits())
        let handler = ConnectionHandler(
            deadlines: deadlines,
            transport: .stream(isTaken: true),
            ingest: nil,
            meter: RequestMeter().share(of: channel.embeddedEventLoop),
            rules: ConnectionRules(accessLog: logger, logger: logger)
        )
        try channel.pipeline.syncOperations.addHandler(handler)
        let fields = HTTPHeaders([("host", "localhost"), ("x-request-id", "one")])
        let head = HTTPRequestHead(version: .http2, method: .GET, uri: "/v1/events", headers: fields)
        try channel.writeInbound(HTTPServerRequestPart.head(head))
        // The error that the router would get is thrown here.
        #expect(throws: RequestCutShort.self) { try channel.finish(acceptAlreadyClosed: true) }
        deadlines.cancel()
        let lines = log.lines.filter { $0.hasPrefix("info request ") }
        #expect(lines.count == 1)
        #expect(lines.first?.contains("status=abandoned") == true)
        #expect(lines.first?.contains("method=GET") == true && lines.first?.contains("request-id=one") == true)
    }

    @Test("a trusted proxy tells who the client is, and nobody else does", arguments: [true, false])
    func proxy(isTrusted: Bool) async throws {
        let proxies = try #require(TrustedProxies(isTrusted ? "127.0.0.0/8" : "10.0.0.0/8"))
        try await withServer(ServerSetup(proxies: proxies, logsAccess: true)) { server, store in
            let token = store.token(.eventsWrite, .eventsRead)
            for request in [WireRequest.ingest(token), .get("/v1/events", token), .get("/healthz").adding("Host", "x")]
            {
                _ = try await server.exchange(request.adding("X-Forwarded-For", "198.51.100.1, 203.0.113.9"))
            }
            try await AccessLogTests.stop(server)
            let lines = AccessLogTests.lines(server)
            #expect(lines.count == 3)
            for line in lines {
                #expect(line.contains("client=\(isTrusted ? "203.0.113.9" : "127.0.0.1") "), "\(line)")
            }
        }
    }
}
