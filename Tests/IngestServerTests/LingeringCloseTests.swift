import EventModel
import NIOCore
import NIOEmbedded
import Testing

@testable import IngestServer

/// The handler next to the socket, in front of a socket that accepts what the test lets it accept.
@Suite struct LingeringCloseTests {
    @Test("a connection that is being ended has to have its output read, however little of it there is")
    func ending() throws {
        let channel = EmbeddedChannel()
        var limits = ConnectionLimits()
        limits.stall = .seconds(30)
        let deadlines = RequestDeadlines(eventLoop: channel.eventLoop, limits: limits)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(FullSocket())
        try pipeline.addHandler(LingeringCloseHandler(deadlines: deadlines, limits: limits))
        deadlines.pendingBytes = { 100 }
        deadlines.onExpiry = { _ in channel.triggerUserOutboundEvent(ConnectionEnding.atOnce, promise: nil) }
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        channel.triggerUserOutboundEvent(ConnectionEnding.afterLastWrite, promise: nil)
        // That the socket accepts more does not show that the client reads.
        channel.pipeline.fireChannelWritabilityChanged()
        channel.embeddedEventLoop.advanceTime(by: .seconds(30) - .nanoseconds(1))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .nanoseconds(1))
        #expect(!channel.isActive)
    }

    /// A connection that is ended after an answer that is sent at once.
    private func lingering(_ limits: ConnectionLimits) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let deadlines = RequestDeadlines(eventLoop: channel.eventLoop, limits: limits)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HalfClosing())
        try pipeline.addHandler(LingeringCloseHandler(deadlines: deadlines, limits: limits))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        channel.triggerUserOutboundEvent(ConnectionEnding.answering(ByteBuffer(string: "answer")), promise: nil)
        channel.embeddedEventLoop.run()
        #expect(try channel.readOutbound(as: ByteBuffer.self) == ByteBuffer(string: "answer"))
        return channel
    }

    @Test("a client that keeps its side open has the last answer's time to read it, and no longer")
    func lingerTime() throws {
        var limits = ConnectionLimits()
        limits.linger = .seconds(7)
        let channel = try lingering(limits)
        channel.embeddedEventLoop.advanceTime(by: .seconds(7) - .nanoseconds(1))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .nanoseconds(1))
        #expect(!channel.isActive)
    }

    @Test("a client that goes on sending is read and thrown away up to a limit, and no further")
    func lingerBytes() throws {
        var limits = ConnectionLimits()
        limits.lingerBytes = 10
        let channel = try lingering(limits)
        try channel.writeInbound(ByteBuffer(repeating: 0, count: 10))
        #expect(channel.isActive)
        #expect(try channel.readInbound(as: ByteBuffer.self) == nil)
        try channel.writeInbound(ByteBuffer(repeating: 0, count: 1))
        #expect(!channel.isActive)
    }

    /// A socket that, unlike an embedded channel, can be closed for writing alone.
    private final class HalfClosing: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            guard mode == .output else { return context.close(mode: mode, promise: promise) }
            promise?.succeed()
        }
    }

    /// A socket that sends nothing.
    private final class FullSocket: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        private var promises: [EventLoopPromise<Void>] = []

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            if let promise { promises.append(promise) }
        }

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            guard mode == .all else {
                if let promise { promises.append(promise) }
                return
            }
            for promise in promises { promise.fail(ChannelError.ioOnClosedChannel) }
            promises = []
            context.close(mode: mode, promise: promise)
        }
    }

    @Test("bytes that come in while the client does not read are kept as they are, and so is the end that follows them")
    func kept() throws {
        let channel = EmbeddedChannel()
        let deadlines = RequestDeadlines(eventLoop: channel.eventLoop, limits: ConnectionLimits())
        let reader = Reader()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(LingeringCloseHandler(deadlines: deadlines, limits: ConnectionLimits()))
        try pipeline.addHandler(reader)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        try channel.writeInbound(ByteBuffer(string: "a"))
        try channel.writeInbound(ByteBuffer(string: "b"))
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(reader.seen.isEmpty)
        #expect(deadlines.phase == .idle)
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        channel.embeddedEventLoop.run()
        #expect(reader.seen == ["a", "b", "end"])
        #expect(deadlines.phase == .head)
        _ = try channel.finish()
    }

    @Test("what comes in behind requests that wait is kept as it is, and let in a little at a time")
    func pieces() throws {
        let channel = EmbeddedChannel()
        let deadlines = RequestDeadlines(eventLoop: channel.eventLoop, limits: ConnectionLimits())
        let socket = LingeringCloseHandler(deadlines: deadlines, limits: ConnectionLimits())
        let reader = Reader()
        try channel.pipeline.syncOperations.addHandler(socket)
        try channel.pipeline.syncOperations.addHandler(reader)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        reader.onRead = { socket.note(isBehind: true) }
        let text = String((0..<10_000).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })
        try channel.writeInbound(ByteBuffer(string: text))
        try channel.writeInbound(ByteBuffer(string: "last"))
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        var count = 1
        while reader.seen.last != "end" {
            #expect(reader.seen.count == count)
            socket.note(isBehind: false)
            count += 1
            try #require(count < 10)
        }
        let pieces = reader.seen.dropLast()
        #expect(pieces.joined() == text + "last")
        #expect(pieces.allSatisfy { $0.utf8.count <= Limits.parsedBytes })
        #expect(pieces.count == 4)
        _ = try channel.finish()
    }

    /// Records what comes in.
    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private(set) var seen: [String] = []
        var onRead: () -> Void = {}

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            seen.append(String(buffer: unwrapInboundIn(data)))
            onRead()
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event as? ChannelEvent == .inputClosed { seen.append("end") }
        }
    }
}
