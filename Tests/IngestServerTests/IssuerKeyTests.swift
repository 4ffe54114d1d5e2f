import EventLedger
import Foundation
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import IngestServer

/// How an issuer's keys are kept up to date when its server is slow, and when it withdraws them.
@Suite(.timeLimit(.minutes(1))) struct IssuerKeyTests {
    @Test("a key server that stalls within its answer is given up, and the next reading succeeds")
    func stalled() async throws {
        let known = try IssuerUnderTest()
        try await withStallingServer(known.keySet) { address, _ in
            let issuer = TokenIssuer(try IssuerUnderTest(keys: .url(address)).settings)
            let time = await ContinuousClock().measure {
                await #expect(throws: IssuerKeyService.Unusable.self) {
                    try await IssuerKeyService.readKeys(of: issuer, timeout: .milliseconds(200))
                }
            }
            #expect(time < .seconds(Limits.issuerKeysTimeoutSeconds))
            #expect(!issuer.hasKeys)
            try await IssuerKeyService.readKeys(of: issuer)
            #expect(issuer.hasKeys)
        }
    }

    @Test("a key server that stalls within its answer does not hold the stop up")
    func stopWhileStalled() async throws {
        try await withStallingServer("{}") { address, asked in
            let issuer = TokenIssuer(try IssuerUnderTest(keys: .url(address)).settings)
            try await withServer(ServerSetup(issuer: issuer)) { server, _ in
                for await _ in asked { break }
                let time = try await ContinuousClock().measure {
                    await server.beginShutdown()
                    try await server.waitUntilStopped()
                }
                #expect(time < .seconds(Limits.issuerKeysTimeoutSeconds / 2))
            }
        }
    }

    @Test("an issuer that gives out an empty set has withdrawn its keys: its tokens are refused, and it is logged")
    func withdrawn() async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/keys.json"
            let known = try IssuerUnderTest(keys: .file(file))
            try known.keySet.write(toFile: file, atomically: true, encoding: .utf8)
            let issuer = TokenIssuer(known.settings)
            try await IssuerKeyService.readKeys(of: issuer)
            try await withServer(ServerSetup(issuer: issuer)) { server, _ in
                let token = try #require(CompactToken(known.token()))
                let digest = TokenDigest(hashing: "x")
                #expect(try issuer.grant(of: token, digest: digest, at: .now()) != nil)
                try #"{"keys":[]}"#.write(toFile: file, atomically: true, encoding: .utf8)
                issuer.askForKeys()
                while !issuer.hasWithdrawnKeys { await Task.yield() }
                #expect(issuer.grant(for: digest, at: .now()) == nil)
                #expect(try issuer.grant(of: token, digest: digest, at: .now()) == nil)
                await server.beginShutdown()
                try await server.waitUntilStopped()
                #expect(server.log.text.contains("error the token issuer has withdrawn all of its keys"))
            }
        }
    }

    @Test("a token that was checked while the keys were replaced is not remembered")
    func replacedMeanwhile() throws {
        let known = try IssuerUnderTest()
        let issuer = TokenIssuer(known.settings)
        #expect(issuer.setKeys(Data(known.keySet.utf8)))
        let token = try #require(CompactToken(known.token()))
        let claims = try #require(IssuerClaims(token.claims, by: known.settings))
        let digest = TokenDigest(hashing: "x")
        let generation = issuer.current.generation
        #expect(issuer.setKeys(Data(try IssuerUnderTest().keySet.utf8)))
        issuer.remember(claims, digest, at: .now(), generation: generation)
        #expect(issuer.grant(for: digest, at: .now()) == nil)
        issuer.remember(claims, digest, at: .now(), generation: issuer.current.generation)
        #expect(issuer.grant(for: digest, at: .now()) != nil)
    }

    /// Runs a server that sends only half of its first answer, and all later answers completely.
    private func withStallingServer(
        _ body: String,
        _ run: (_ address: String, _ asked: AsyncStream<Void>) async throws -> Void
    ) async throws {
        let (asked, wasAsked) = AsyncStream.makeStream(of: Void.self)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let result: Result<Void, any Error>
        do {
            let isFirst = FirstTime()
            let server = try await ServerBootstrap(group: group)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = Answering(body: body, isFirst: isFirst, wasAsked)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let port = try #require(server.localAddress?.port)
            try await run("http://127.0.0.1:\(port)/keys", asked)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try await group.shutdownGracefully()
        try result.get()
    }

    private final class FirstTime: Sendable {
        private let isOver = Atomic(false)

        func take() -> Bool { !isOver.exchange(true, ordering: .relaxed) }
    }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let body: String
        private let isFirst: FirstTime
        private let wasAsked: AsyncStream<Void>.Continuation

        init(body: String, isFirst: FirstTime, _ wasAsked: AsyncStream<Void>.Continuation) {
            self.body = body
            self.isFirst = isFirst
            self.wasAsked = wasAsked
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let head = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            let answer = head + (isFirst.take() ? String(body.prefix(1)) : body)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            wasAsked.yield()
        }
    }
}
