import EventLedger
import EventModel
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import IngestServer

/// Clients that read their answers slowly, or not at all.
@Suite(.timeLimit(.minutes(2))) struct SlowReaderTests {
    /// Long enough for a busy machine to send a request.
    private static let short = TimeAmount.milliseconds(500)

    /// Runs a server with a page of the feed that is larger than what the sockets between it and a client can hold.
    private static func withLargeFeed(
        _ setup: ServerSetup = ServerSetup(),
        _ body: (ServerUnderTest, FakeEventStore, _ page: WireRequest) async throws -> Void
    ) async throws {
        try await withServer(setup) { server, store in
            try store.fillPage()
            try await body(server, store, .get("/v1/events", store.token(.eventsRead)))
        }
    }

    // MARK: What is not read

    @Test("a client that never reads is cut off, though its answer was handed on and it is asked for nothing")
    func neverReads() async throws {
        var limits = ConnectionLimits()
        limits.stall = SlowReaderTests.short
        limits.idle = SlowReaderTests.short
        try await SlowReaderTests.withLargeFeed(ServerSetup(limits: limits, connections: 1)) { server, _, page in
            let connection = try await server.connect()
            try await connection.send(page.bytes)
            // There is room for one connection: the next one is served once that one is gone.
            let next = try await server.connect()
            #expect(try await next.exchange(.get("/healthz")).status == 200)
            withExtendedLifetime(connection) {}
        }
    }

    @Test("a client that never reads, and never sends the body that it began, is cut off")
    func neverReadsNorSends() async throws {
        var limits = ConnectionLimits()
        limits.stall = SlowReaderTests.short
        limits.body = .milliseconds(100)
        try await SlowReaderTests.withLargeFeed(ServerSetup(limits: limits, connections: 1)) { server, store, page in
            let connection = try await server.connect()
            try await connection.send(page.bytes + WireRequest.ingest(store.token(.eventsWrite)).head)
            let next = try await server.connect()
            #expect(try await next.exchange(.get("/healthz")).status == 200)
            withExtendedLifetime(connection) {}
        }
    }

    @Test("what a client sends while it does not read waits for it, also when it closes its side, and is answered then")
    func waits() async throws {
        try await SlowReaderTests.withLargeFeed(ServerSetup(hasMetricsPort: true)) { server, _, page in
            let count = 1_500
            let connection = try await server.connect()
            let refused = Array("POST /v1/events HTTP/1.1\r\nHost:a\r\n\r\n".utf8)
            try await connection.send(page.bytes + Array(repeatElement(refused, count: count).joined()))
            connection.finishSending()
            let metrics = try await WireConnection.open(port: try #require(server.metricsPort))
            func answers(_ method: String, _ status: Int) async throws -> Bool {
                let labels = #"{route="/v1/events",method="\#(method)",status="\#(status)"}"#
                return try await metrics.exchange(.get("/metrics")).text
                    .contains("eventledger_http_requests_total\(labels)")
            }
            while !(try await answers("GET", 200)) {}
            // Both connections share an event loop: what can be answered is answered within that many turns.
            var isAnswered = false
            for _ in 0..<20 where !isAnswered { isAnswered = try await answers("POST", 401) }
            #expect(!isAnswered)
            #expect(try await connection.response().status == 200)
            for _ in 0..<count { #expect(try await connection.response().status == 401) }
            #expect(try await connection.rest().isEmpty)
        }
    }

    // MARK: What is read in the end

    @Test("a client that closes its side gets all of a large answer", arguments: [true, false])
    func halfClosed(beforeTheAnswer: Bool) async throws {
        try await SlowReaderTests.withLargeFeed { server, _, page in
            let connection = try await server.connect()
            try await connection.send(page.bytes)
            if !beforeTheAnswer { try await connection.waitForBytes() }
            connection.finishSending()
            let response = try await connection.response()
            #expect(response.status == 200)
            #expect(response.body.count > 12_000_000)
            #expect(try await connection.rest().isEmpty)
        }
    }

    @Test("a client that closes its side of an encrypted connection gets all of a large answer")
    func halfClosedEncrypted() async throws {
        try await withSecureServer { server, store, pem in
            try store.fillPage()
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)))
            let context = try NIOSSLContext(configuration: tls)
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .connect(host: "127.0.0.1", port: server.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: "localhost")
                        )
                        return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(isOutboundHalfClosureEnabled: true)
                        )
                    }
                }
            let page = WireRequest.get("/v1/events", store.token(.eventsRead)).adding("Connection", "close")
            let size = try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(bytes: page.bytes))
                var size = 0
                do {
                    for try await bytes in inbound {
                        // Once the answer has begun.
                        if size == 0 { outbound.finish() }
                        size += bytes.readableBytes
                    }
                } catch NIOSSLError.uncleanShutdown {
                    // The end of an answer is known from its length.
                }
                return size
            }
            #expect(size > 12_000_000)
        }
    }

    @Test("an answer that is being read when the server stops is read to its end")
    func shutdown() async throws {
        try await SlowReaderTests.withLargeFeed { server, _, page in
            let connection = try await server.connect()
            try await connection.send(page.bytes)
            try await connection.waitForBytes()
            let idle = try await server.connect()
            #expect(try await idle.exchange(.get("/healthz")).status == 200)
            await server.beginShutdown()
            // All connections are told at once, so when an idle one is closed, this one has been told, too.
            #expect(try await idle.rest().isEmpty)
            let response = try await connection.response()
            #expect(response.status == 200)
            #expect(response.body.count > 12_000_000)
            #expect(try await connection.rest().isEmpty)
            try await server.waitUntilStopped()
        }
    }
}
