import AsyncHTTPClient
import EventLedger
import EventModel
import Foundation
import IngestAPI
import NIOCore
import NIOEmbedded
import NIOHTTP1
import TestSupport
import Testing

@testable import IngestServer

/// HTTP/2 makes no difference to the answers.
@Suite(.timeLimit(.minutes(1))) struct HTTP2Tests {
    /// An answer without the parts that differ between any two answers.
    private static func comparable(_ response: WireResponse) -> WireResponse {
        var response = response
        let own = ["date", "x-request-id", "connection"]
        response.fields = response.fields.filter { !own.contains($0.name) }.sorted { $0.name < $1.name }
        response.body = Array(response.text.replacing(/"event_id":"[0-9a-f]+"/, with: "").utf8)
        return response
    }

    @Test("a client and the server agree on HTTP/2, and every answer is the one of HTTP/1.1")
    func sameAnswers() async throws {
        try await withSecureServer { server, store, pem in
            let token = store.token(.eventsWrite, .eventsRead, .contactsRead, .contactsWrite)
            var batch = WireRequest.ingest(token, body: "[\(WireRequest.goodBody),{}]")
            batch.target = "/v1/events/batch"
            var unknown = WireRequest.ingest(token, body: "{}")
            unknown.target = "/v1/contacts"
            var tooLarge = WireRequest.ingest(token, body: String(repeating: " ", count: Limits.requestBodyBytes + 1))
            var chunked = tooLarge
            chunked.framing = .chunked(bytes: 1)
            tooLarge.framing = .length
            var many = WireRequest.ingest(token)
            for number in 0..<Limits.headerFields { many.fields.append(("X-\(number)", "x")) }
            let requests: [WireRequest] = [
                .ingest(token), .ingest(token, key: "k"), .ingest(token, key: "k"), .ingest(token, body: "{}"),
                .ingest(token, body: "{"), .ingest(nil), .ingest(TokenSecret.random()), batch, unknown,
                .ingest(token).adding("Content-Type", "text/xml"), .ingest(token).adding("Accept", "text/html"),
                .get("/v1/events", token), .get("/v1/contacts", token), .get("/v1/contacts", token, method: "HEAD"),
                .get("/nothing"), .get("/healthz"), .get("/openapi.json"), .get("/v1/events", token, method: "PUT"),
                .get("/v1/events", method: "OPTIONS"), tooLarge, chunked,
                .ingest(token).adding("X-Large", String(repeating: "x", count: Limits.headerFieldBytes)),
                .ingest(token).adding("X-Large", String(repeating: "x", count: Limits.headerFieldBytes + 1)),
                many,
            ]
            try await withClient(SecureClient(port: server.port, trusting: pem)) { streams in
                try await withClient(SecureClient(port: server.port, trusting: pem, http1Only: true)) { connections in
                    for request in requests {
                        // The key is new for both protocols.
                        store.with { $0.keys = [:] }
                        if request.fields.contains(where: { $0.name == "Idempotency-Key" }) {
                            _ = try await connections.exchange(request)
                        }
                        let (version, answer) = try await streams.exchange(request)
                        #expect(version == .http2)
                        let (other, expected) = try await connections.exchange(request)
                        #expect(other == .http1_1)
                        #expect(answer["x-request-id"] != nil && answer["date"] != nil)
                        #expect(answer["connection"] == nil)
                        #expect(HTTP2Tests.comparable(answer) == HTTP2Tests.comparable(expected), "\(request.target)")
                    }
                }
            }
        }
    }

    @Test("a key that was used over HTTP/1.1 is a replay over HTTP/2")
    func replay() async throws {
        try await withSecureServer { server, store, pem in
            let token = store.token(.eventsWrite)
            try await withClient(SecureClient(port: server.port, trusting: pem, http1Only: true)) { client in
                let (_, first) = try await client.exchange(.ingest(token, key: "k"))
                try await withClient(SecureClient(port: server.port, trusting: pem)) { client in
                    let (version, second) = try await client.exchange(.ingest(token, key: "k"))
                    #expect(version == .http2)
                    #expect(second["Idempotent-Replayed"] == "true")
                    #expect(second.text == first.text.replacing("}", with: #","idempotent_replay":true}"#))
                    #expect(store.with { $0.events.count } == 1)
                }
            }
        }
    }

    @Test("requests of one connection are answered beside each other, each once, and counted like all others")
    func concurrent() async throws {
        try await withSecureServer(ServerSetup(hasMetricsPort: true, logsAccess: true)) { server, store, pem in
            let token = store.token(.eventsWrite)
            let count = 300
            try await withClient(SecureClient(port: server.port, trusting: pem)) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<count {
                        group.addTask {
                            let (version, response) = try await client.exchange(.ingest(token, key: "k\(number)"))
                            #expect(version == .http2 && response.status == 200)
                        }
                    }
                    try await group.waitForAll()
                }
            }
            #expect(store.with { $0.events.count } == count)
            let metricsPort = try #require(server.metricsPort)
            let figures = try await WireConnection.open(port: metricsPort).exchange(.get("/metrics")).text
            let line = #"eventledger_http_requests_total{route="/v1/events",method="POST",status="200"} \#(count)"#
            #expect(figures.contains(line))
            #expect(server.log.lines.count { $0.hasPrefix("info request ") } == count)
        }
    }

    @Test("an answer that is larger than a client's window comes in whole")
    func largeAnswer() async throws {
        try await withSecureServer { server, store, pem in
            let token = store.token(.eventsWrite, .eventsRead)
            let data = String(repeating: "x", count: 200_000)
            let body = #"{"event_type":"t","email":"a@b.example","event_data":{"x":"\#(data)"}}"#
            try await withClient(SecureClient(port: server.port, trusting: pem)) { client in
                for _ in 0..<5 { #expect(try await client.exchange(.ingest(token, body: body)).response.status == 200) }
                let (version, page) = try await client.exchange(.get("/v1/events", token))
                #expect(version == .http2 && page.status == 200)
                #expect(page.text.ranges(of: data).count == 5)
            }
        }
    }

    @Test("a client that is slow over a body is told so, and its other requests go on")
    func slowBody() async throws {
        var limits = ConnectionLimits()
        limits.body = .seconds(1)
        try await withSecureServer(ServerSetup(limits: limits)) { server, store, pem in
            let token = store.token(.eventsWrite)
            let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
            continuation.yield(ByteBuffer(string: "{"))
            try await withClient(SecureClient(port: server.port, trusting: pem)) { client in
                let (version, response) = try await client.exchange(
                    .ingest(token),
                    body: .stream(stream, length: .unknown)
                )
                #expect(version == .http2)
                #expect(response.status == 408)
                #expect(response.errorCode == "request_timeout")
                #expect(try await client.exchange(.ingest(token)).response.status == 200)
            }
            continuation.finish()
        }
    }

    @Test("a stopping server answers the streams that are open, and then ends the connection")
    func shutdown() async throws {
        try await withSecureServer { server, store, pem in
            store.with { $0.isHolding = true }
            let token = store.token(.eventsWrite)
            try await withClient(SecureClient(port: server.port, trusting: pem)) { client in
                async let answer = client.exchange(.ingest(token))
                await store.waitUntilHolding(1)
                await server.beginShutdown()
                store.release()
                #expect(try await answer.response.status == 200)
                try await server.waitUntilStopped()
            }
        }
    }

    @Test("a connection without a stream is told that the server stops, and ended")
    func shutdownOfIdle() async throws {
        try await withSecureServer { server, _, pem in
            try await withFrames(port: server.port, trusting: pem) { connection in
                try await connection.send([.get("/healthz", stream: 1)])
                #expect(try await connection.next(.data)?.stream == 1)
                await server.beginShutdown()
                let last = try await connection.next(.goAway)
                #expect(last?.errorCode == 0)
                #expect(last?.payload.prefix(4) == [0, 0, 0, 1])
                #expect(try await connection.next(.headers) == nil)
            }
            try await server.waitUntilStopped()
        }
    }

    @Test("a connection on which nothing was said yet does not hold the stop up")
    func shutdownOfUntouched() async throws {
        try await withSecureServer { server, _, pem in
            let untouched = try await server.connect()
            // Connections are accepted in order, so once this one is served, the server knows the other one.
            try await withClient(SecureClient(port: server.port, trusting: pem)) { client in
                let (_, response) = try await client.exchange(.get("/healthz"))
                #expect(response.status == 200)
            }
            await server.beginShutdown()
            try await server.waitUntilStopped()
            #expect(try await untouched.rest().isEmpty)
            #expect(!server.log.text.contains("connections cut"))
        }
    }

    @Test("an answer that is out before all of its request is in ends the stream, and the connection goes on")
    func earlyAnswer() async throws {
        try await withSecureServer { server, _, pem in
            try await withFrames(port: server.port, trusting: pem) { connection in
                try await connection.send([.get("/healthz", stream: 1, endsStream: false)])
                #expect(try await connection.next(.headers)?.stream == 1)
                let reset = try await connection.next(.reset)
                #expect(reset?.stream == 1)
                // NO_ERROR
                #expect(reset?.errorCode == 0)
                // Frames that were already on their way are no fault.
                try await connection.send([Frame(.data, flags: 1, stream: 1, [1, 2, 3]), .get("/healthz", stream: 3)])
                #expect(try await connection.next(.headers)?.stream == 3)
            }
        }
    }

    // MARK: Limits

    @Test("a client that does nothing, or nothing but pings, is told to go")
    func idle() async throws {
        var limits = ConnectionLimits()
        limits.idle = .seconds(1)
        try await withSecureServer(ServerSetup(limits: limits)) { server, _, pem in
            try await withFrames(port: server.port, trusting: pem) { connection in
                try await connection.send([Frame(.ping, Array(repeating: 1, count: 8))])
                let last = try await connection.next(.goAway)
                #expect(last?.errorCode == 0)
                #expect(try await connection.next(.headers) == nil)
            }
        }
    }

    @Test("a client that opens no window for its answer is cut off")
    func noWindow() async throws {
        var limits = ConnectionLimits()
        limits.stall = .seconds(1)
        try await withSecureServer(ServerSetup(limits: limits)) { server, _, pem in
            // SETTINGS_INITIAL_WINDOW_SIZE of zero.
            try await withFrames(port: server.port, trusting: pem, settings: [.setting(4, 0)]) { connection in
                try await connection.send([.get("/healthz", stream: 1)])
                let reset = try await connection.next(.reset)
                #expect(reset?.stream == 1)
                #expect(reset?.errorCode == 8)
            }
        }
    }

    @Test("a client that begins requests and takes them back is cut off")
    func rapidReset() async throws {
        try await withSecureServer { server, store, pem in
            try await withFrames(port: server.port, trusting: pem) { connection in
                for number in 0...UInt32(Limits.streamResets) {
                    let stream = 2 * number + 1
                    try await connection.send([
                        .get("/healthz", stream: stream, endsStream: false),
                        Frame(.reset, stream: stream, Frame.bytes(8)),
                    ])
                }
                // ENHANCE_YOUR_CALM
                #expect(try await connection.next(.goAway)?.errorCode == 11)
            }
            // The server keeps running.
            try await withClient(SecureClient(port: server.port, trusting: pem)) { client in
                let (_, response) = try await client.exchange(.ingest(store.token(.eventsWrite)))
                #expect(response.status == 200)
            }
        }
    }

    @Test("one stream more than a connection may have is refused")
    func streamCap() async throws {
        try await withSecureServer { server, _, pem in
            try await withFrames(port: server.port, trusting: pem) { connection in
                let streams = (0...UInt32(Limits.streamsPerConnection)).map { 2 * $0 + 1 }
                try await connection.send(streams.map { .get("/healthz", stream: $0, endsStream: false) })
                var refused: Frame?
                while refused == nil, let frame = try await connection.next() {
                    let isEnd = frame.kind == Frame.Kind.reset.rawValue || frame.kind == Frame.Kind.goAway.rawValue
                    if isEnd, frame.errorCode != 0 { refused = frame }
                }
                #expect(refused != nil)
            }
        }
    }

    @Test("a stream more than all connections may have is answered as overloaded")
    func streamCapOfAll() throws {
        let fault = RequestFraming.fault(of: HTTPRequestHead(version: .http2, method: .GET, uri: "/"), isTaken: false)
        #expect(fault == .overloaded)
        let count = StreamCount(most: 1)
        let first = EmbeddedChannel()
        let second = EmbeddedChannel()
        #expect(count.add(first))
        #expect(!count.add(second))
        _ = try first.finish()
        _ = try second.finish()
        let third = EmbeddedChannel()
        #expect(count.add(third))
        _ = try third.finish()
    }
}
