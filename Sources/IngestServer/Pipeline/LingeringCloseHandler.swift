import DequeModule
import NIOCore

/// What a later handler asks of ``LingeringCloseHandler``, by a user event on the way out.
enum ConnectionEnding: Sendable {
    /// End the connection after what was written so far.
    case afterLastWrite
    /// End the connection with this answer, the bytes of a whole HTTP message. No other answer is under way.
    case answering(ByteBuffer)
    /// End the connection without waiting for anything.
    case atOnce
}

/// The handler next to the socket: it ends connections in such a way that the client can read the last answer.
///
/// Closing a socket while bytes of the client are still unread makes the kernel send a reset, and a reset makes the
/// client lose the answer (RFC 9112, section 9.6). So the connection is closed for writing first, what the client still
/// sends is read and thrown away, and the socket is closed when the client has closed its side, or after a second, or
/// after a mebibyte.
///
/// It also holds back reading while the client does not read its answers, so that a client that only ever sends
/// cannot make the answers pile up in memory, and what it sends all the same waits in the form in which it came.
final class LingeringCloseHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let deadlines: RequestDeadlines
    private let limits: ConnectionLimits
    /// Whether it is known what the connection speaks, and so there is a handler that ends it when the server stops.
    var isNegotiated = true
    private var isLingering = false
    private var isInputClosed = false
    private var isOutputClosed = false
    /// Whether closing has to wait for the client to read an answer: where the server stopped in the middle of a request, or
    /// before its answer was out.
    private var lingersOnClose = false
    private var bytesThrownAway = 0
    /// Whether the client reads what it is sent as fast as it comes. Kept here, since it is asked for with every request.
    private var isWritable = true
    private var isReadHeldBack = false
    /// What came in while the client did not read, and whether it closed its side after it: when it does, NIO reads all that
    /// there is, whatever is held back. As bytes it takes the least memory.
    private var held = Deque<ByteBuffer>()
    private var isEndHeld = false
    private var lingerEnd: Scheduled<Void>?
    private var context: ChannelHandlerContext?

    init(deadlines: RequestDeadlines, limits: ConnectionLimits) {
        self.deadlines = deadlines
        self.limits = limits
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        isWritable = context.channel.isWritable
        deadlines.pendingBytes = {
            (try? context.channel.syncOptions?.getOption(ChannelOptions.bufferedWritableBytes)) ?? 0
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        // A client that has not yet agreed on keys is given less time than one that has.
        deadlines.enter(isNegotiated ? .idle : .head)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadlines.cancel()
        lingerEnd?.cancel()
        dropHeld()
        context.fireChannelInactive()
    }

    // MARK: Writing

    /// Writes a whole HTTP message, past the handlers in between. No other answer is under way.
    func send(_ message: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(.byteBuffer(message)), promise: nil)
    }

    // MARK: Ending

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let ending = event as? ConnectionEnding else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        promise?.succeed()
        switch ending {
        case .afterLastWrite:
            linger(context)
        case .answering(let message):
            guard !isLingering else { return }
            context.write(wrapOutboundOut(.byteBuffer(message)), promise: nil)
            linger(context)
        case .atOnce:
            context.close(promise: nil)
        }
    }

    private func linger(_ context: ChannelHandlerContext) {
        guard !isLingering else { return }
        isLingering = true
        dropHeld()
        deadlines.enter(.ending)
        // Comes about when everything that was written is out. Until then the client has to read from time to time, as with
        // any answer; only then it has a second to close its side. The socket is not closed for writing before, since it
        // would be closed as a whole, with what waits in it, where the client has closed its side.
        let isOut = context.eventLoop.makePromise(of: Void.self)
        isOut.futureResult.assumeIsolated().whenComplete { [self] _ in endOutput(context) }
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: isOut)
        if !isOutputClosed { deadlines.noteWritable(false) }
        context.read()
    }

    private func endOutput(_ context: ChannelHandlerContext) {
        isOutputClosed = true
        deadlines.noteWritable(true)
        if isInputClosed { return context.close(promise: nil) }
        context.close(mode: .output, promise: nil)
        lingerEnd = context.eventLoop.assumeIsolated().scheduleTask(in: limits.linger) {
            context.close(promise: nil)
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // Whoever else wants the connection closed now gets that when the last answer could be read.
        if lingersOnClose, mode == .all { linger(context) }
        guard isLingering else {
            context.close(mode: mode, promise: promise)
            return
        }
        if mode == .all {
            context.channel.closeFuture.cascade(to: promise)
        } else {
            promise?.succeed()
        }
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard isLingering else {
            guard held.isEmpty, isWritable else { return held.append(unwrapInboundIn(data)) }
            deadlines.noteBytes()
            context.fireChannelRead(data)
            return
        }
        bytesThrownAway += unwrapInboundIn(data).readableBytes
        if bytesThrownAway > limits.lingerBytes { context.close(promise: nil) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isLingering {
            context.read()
        } else {
            context.fireChannelReadComplete()
        }
    }

    func read(context: ChannelHandlerContext) {
        if isLingering || isWritable {
            context.read()
        } else {
            isReadHeldBack = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        // Where the connection is being ended it is watched until all is out.
        if !isLingering { deadlines.noteWritable(isWritable) }
        if isWritable, isReadHeldBack {
            isReadHeldBack = false
            context.read()
        }
        context.fireChannelWritabilityChanged()
        guard isWritable, !held.isEmpty else { return }
        // Not out of the middle of what wrote.
        context.eventLoop.assumeIsolated().execute { [self] in letIn() }
    }

    /// Lets in what was held, as far as the client reads the answers to it.
    private func letIn() {
        guard let context else { return }
        while isWritable, let bytes = held.popFirst() {
            deadlines.noteBytes()
            context.fireChannelRead(wrapInboundOut(bytes))
            context.fireChannelReadComplete()
        }
        guard held.isEmpty, isEndHeld else { return }
        isEndHeld = false
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    private func dropHeld() {
        held.removeAll()
        isEndHeld = false
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, !isNegotiated {
            context.close(promise: nil)
        } else if event is ChannelShouldQuiesceEvent {
            // A request is under way, or its answer is handed on and not yet out.
            lingersOnClose = deadlines.phase != .idle || (deadlines.pendingBytes?() ?? 0) > 0
        } else if event as? ChannelEvent == .inputClosed {
            isInputClosed = true
            isEndHeld = !held.isEmpty
            if isEndHeld { return }
        }
        if !isLingering {
            context.fireUserInboundEventTriggered(event)
        } else if isInputClosed, isOutputClosed {
            context.close(promise: nil)
        }
    }
}
