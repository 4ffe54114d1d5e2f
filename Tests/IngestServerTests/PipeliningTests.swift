import EventModel
import Foundation
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import IngestServer

/// Several requests on one connection, and one request on many.
@Suite struct PipeliningTests {
    @Test("pipelined requests are answered in order, with reads between ingests")
    func inOrder() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, .eventsRead)
            let requests: [WireRequest] = [
                .ingest(token).adding("X-Request-Id", "1"),
                .get("/v1/events?limit=1", token).adding("X-Request-Id", "2"),
                .ingest(token, body: "{}").adding("X-Request-Id", "3"),
                .get("/v1/events/000000000000000000000001", token).adding("X-Request-Id", "4"),
                .get("/nowhere").adding("X-Request-Id", "5"),
                .get("/healthz").adding("X-Request-Id", "6"),
                .ingest(token, key: "k").adding("X-Request-Id", "7"),
                .ingest(token, key: "k").adding("X-Request-Id", "8"),
            ]
            let connection = try await server.connect()
            try await connection.send(requests.flatMap(\.bytes))
            var responses: [WireResponse] = []
            for _ in requests { responses.append(try await connection.response()) }
            #expect(responses.map { $0["X-Request-Id"] } == (1...8).map { "\($0)" })
            #expect(responses.map(\.status) == [200, 200, 400, 200, 404, 200, 200, 200])
            #expect(responses[7].object?["idempotent_replay"] as? Bool == true)
        }
    }

    @Test("a thousand pipelined requests are answered, and one is under way at a time")
    func manyInOrder() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let count = 1_000
            let connection = try await server.connect()
            let bytes = (0..<count).flatMap { WireRequest.ingest(token).adding("X-Request-Id", "\($0)").bytes }
            async let sent: Void = connection.send(bytes)
            for number in 0..<count {
                let response = try await connection.response()
                #expect(response.status == 200 && response["X-Request-Id"] == "\(number)")
            }
            try await sent
            #expect(store.with { $0.events.map(\.sequence) } == (1...Int64(count)).map { $0 })
        }
    }

    @Test("a thousand pipelined requests that are refused are answered")
    func manyRefused() async throws {
        try await withServer { server, _ in
            let connection = try await server.connect()
            var request = WireRequest.ingest(nil, body: "")
            request.framing = .length
            async let sent: Void = connection.send((0..<1_000).flatMap { _ in request.bytes })
            for _ in 0..<1_000 {
                let response = try await connection.response()
                #expect(response.status == 401)
                if response["Connection"] == "close" { break }
            }
            try? await sent
        }
    }

    @Test("of thousands of requests behind one that is not answered no more are parsed than fit in a piece")
    func parsedAhead() throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let channel = EmbeddedChannel()
        let deadlines = RequestDeadlines(eventLoop: channel.embeddedEventLoop, limits: ConnectionLimits())
        let socket = LingeringCloseHandler(deadlines: deadlines, limits: ConnectionLimits())
        let handler = ConnectionHandler(
            deadlines: deadlines,
            transport: .connection(socket),
            ingest: nil,
            meter: nil,
            rules: ConnectionRules(logger: logger)
        )
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(socket)
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandler(handler)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let request = "GET /a HTTP/1.1\r\nHost:a\r\n\r\n"
        try channel.writeInbound(ByteBuffer(string: String(repeating: request, count: 5_000)))
        // Each request consists of a head and an end.
        #expect(handler.request != nil)
        #expect((1...(2 * Limits.parsedBytes / request.utf8.count)).contains(handler.waiting.count))
        deadlines.cancel()
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    @Test("a request waits for the answer of the one before it")
    func oneAtATime() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            store.with { $0.isHolding = true }
            let connection = try await server.connect()
            try await connection.send(WireRequest.ingest(token).bytes + WireRequest.get("/healthz").bytes)
            await store.waitUntilHolding(1)
            #expect(store.with { $0.submissions } == 1)
            store.release()
            #expect(try await connection.response().object?["status"] as? String == "accepted")
            #expect(try await connection.response().object?["status"] as? String == "ok")
        }
    }

    @Test("Connection: close is obeyed, and so is HTTP/1.0")
    func closes() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, .eventsRead)
            for target in [WireRequest.ingest(token), .get("/v1/events", token), .get("/nowhere")] {
                var old = target
                old.version = "HTTP/1.0"
                let closing = ["close", "close \t", "x, Close\t"].map { target.adding("Connection", $0) }
                for request in closing + [old] {
                    let connection = try await server.connect()
                    let response = try await connection.exchange(request)
                    #expect(response["Connection"] == "close")
                    #expect(try await connection.rest().isEmpty)
                }
                let connection = try await server.connect()
                let kept = try await connection.exchange(old.adding("Connection", "keep-alive"))
                #expect(kept["Connection"]?.lowercased() == "keep-alive")
                #expect(try await connection.exchange(target).status == kept.status)
            }
        }
    }

    @Test("a client that closes its side after the request still gets the answer")
    func halfClosed() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, .eventsRead)
            for request in [WireRequest.ingest(token), .get("/v1/events", token), .ingest(token, body: "{}")] {
                let connection = try await server.connect()
                try await connection.send(request.bytes)
                connection.finishSending()
                let response = try await connection.response()
                #expect(response.status == (request.body == Array("{}".utf8) ? 400 : 200))
                #expect(try await connection.rest().isEmpty)
            }
        }
    }

    @Test("a client that closes its side while the answer is held back still gets it")
    func halfClosedWhileHeld() async throws {
        try await withServer { server, store in
            store.with { $0.isHolding = true }
            let connection = try await server.connect()
            try await connection.send(WireRequest.ingest(store.token(.eventsWrite)).bytes)
            connection.finishSending()
            await store.waitUntilHolding(1)
            // The same event loop answers a second connection, so by then the first one's close has been seen.
            #expect(try await server.exchange(.get("/healthz")).status == 200)
            store.release()
            #expect(try await connection.response().status == 200)
            #expect(try await connection.rest().isEmpty)
        }
    }

    @Test("a client that goes away does not take the server with it")
    func goesAway() async throws {
        try await withServer { server, store in
            store.with { $0.isHolding = true }
            let token = store.token(.eventsWrite)
            do {
                let connection = try await server.connect()
                try await connection.send(WireRequest.ingest(token).bytes)
                await store.waitUntilHolding(1)
            }
            store.release()
            #expect(try await server.exchange(.ingest(token)).status == 200)
            #expect(store.with { $0.events.count } == 2)
        }
    }

    @Test("200 connections with one key make one event and 200 equal answers but for the replay member")
    func oneKeyOnManyConnections() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let request = WireRequest.ingest(token, key: "the-one")
            let responses = try await withThrowingTaskGroup(of: WireResponse.self) { group in
                for _ in 0..<200 { group.addTask { try await server.exchange(request) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(responses.allSatisfy { $0.status == 200 })
            #expect(Set(responses.compactMap { $0.object?["event_id"] as? String }).count == 1)
            #expect(responses.count { $0.object?["idempotent_replay"] == nil } == 1)
            #expect(responses.count { $0["Idempotent-Replayed"] == "true" } == 199)
            #expect(store.with { $0.events.count } == 1)
        }
    }
}
