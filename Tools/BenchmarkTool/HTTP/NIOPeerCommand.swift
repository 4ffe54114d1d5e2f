import ArgumentParser
import NIOCore
import NIOHTTP1
import NIOPosix

/// A server that does nothing, to measure the least that an HTTP server on SwiftNIO can do for a request.
struct NIOPeerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nio-peer",
        abstract: "Answer every request the same, with nothing but SwiftNIO's HTTP/1 codec on one thread."
    )

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(FixedAnswer())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        Readings.announce("listening on http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
        try await channel.closeFuture.get()
    }
}

/// Waits for the end of a request and answers it.
private final class FixedAnswer: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let head: HTTPResponseHead
    private let body: ByteBuffer

    init() {
        body = ByteBuffer(string: #"{"event_id":"507f1f77bcf86cd799439011","status":"accepted"}"#)
        head = HTTPResponseHead(
            version: .http1_1,
            status: .ok,
            headers: ["Content-Type": "application/json", "Content-Length": "\(body.readableBytes)"]
        )
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
