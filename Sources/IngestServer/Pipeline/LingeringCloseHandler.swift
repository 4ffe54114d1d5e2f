import DequeModule
import EventModel
import NIOCore

/// The handler next to the socket: it ends connections so that the client can read the last answer.
///
/// Closing a socket while bytes of the client are still unread makes the kernel send a reset, and a reset makes the
/// client lose the answer (RFC 9112, section 9.6). So the connection is closed for writing first, what the client still
/// sends is read and thrown away, and the socket is closed once the client has closed its side, or after
/// ``ConnectionLimits/linger``, or after ``ConnectionLimits/lingerBytes``.
///
/// It also stops reading while the client does not read its answers, so that a client that only ever sends cannot make
/// the answers pile up in memory. What such a client sends all the same waits in the form in which it came. So does
/// what comes in after requests that wait to be answered: a request of a few bytes takes many times as many once it is
/// parsed.
final class LingeringCloseHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let deadlines: RequestDeadlines
    private let limits: ConnectionLimits
    /// How many bytes are parsed at a time, because the parsed parts may have to wait.
    var pieceBytes = Limits.parsedBytes
    /// Whether the protocol of the connection is known, so that another handler ends it when the server stops.
    var isNegotiated = true
    private var isLingering = false
    private var isInputClosed = false
    private var isOutputClosed = false
    /// Whether closing has to wait until the client has read an answer: the server stopped in the middle of a request,
    /// or before its answer was out.
    private var lingersOnClose = false
    private var bytesThrownAway = 0
    /// Whether the client reads its answers as fast as they come. Kept here because every request needs it.
    private var isWritable = true
    private var isReadHeldBack = false
    /// Whether parsed requests wait for others to be answered.
    private var isBehind = false
    private var isLettingIn = false
    /// What came in while the client did not read or requests waited, and whether the client closed its side after it.
    /// When it does, NIO reads all that is left, whatever is held back. As bytes it takes the least memory.
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
        // A client that has not finished the TLS handshake yet gets less time than one that has.
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
        // Fulfilled when everything that was written is out. Until then the client has to read from time to time, as
        // with any answer; only then does it have a second to close its side. The socket is not closed for writing
        // earlier: if the client has closed its side, that would close the whole socket, with what waits in it.
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
        // Anything else that wants to close the connection now has to wait until the last answer could be read.
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
            let bytes = unwrapInboundIn(data)
            guard held.isEmpty, mayLetIn, bytes.readableBytes <= pieceBytes else {
                held.append(bytes)
                return letIn()
            }
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
        if isLingering || (isWritable && held.isEmpty) {
            context.read()
        } else {
            isReadHeldBack = true
        }
    }

    private var mayLetIn: Bool { isWritable && !isBehind }

    /// Called when parsed requests begin to wait for others, and when none waits any more.
    func note(isBehind: Bool) {
        self.isBehind = isBehind
        if !isBehind { letIn() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        // While the connection is being ended, the client is watched until everything is out.
        if !isLingering { deadlines.noteWritable(isWritable) }
        readIfHeldBack(context)
        context.fireChannelWritabilityChanged()
        guard isWritable, !held.isEmpty else { return }
        // Later, not from within the call that wrote.
        context.eventLoop.assumeIsolated().execute { [self] in letIn() }
    }

    private func readIfHeldBack(_ context: ChannelHandlerContext) {
        guard isReadHeldBack, isWritable, held.isEmpty else { return }
        isReadHeldBack = false
        context.read()
    }

    /// Lets in what was held, as far as the client reads the answers to it and no requests wait.
    private func letIn() {
        // What is let in may be answered at once, and then more may be asked for.
        guard !isLettingIn, !held.isEmpty, let context else { return }
        isLettingIn = true
        defer { isLettingIn = false }
        while mayLetIn, let piece = nextPiece() {
            deadlines.noteBytes()
            context.fireChannelRead(wrapInboundOut(piece))
            context.fireChannelReadComplete()
        }
        guard held.isEmpty else { return }
        if isEndHeld {
            isEndHeld = false
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
        readIfHeldBack(context)
    }

    /// The next piece of what is held, no larger than may be parsed at a time.
    private func nextPiece() -> ByteBuffer? {
        guard var bytes = held.popFirst() else { return nil }
        guard let piece = bytes.readSlice(length: min(pieceBytes, bytes.readableBytes)) else { return nil }
        if bytes.readableBytes > 0 { held.prepend(bytes) }
        return piece
    }

    private func dropHeld() {
        held.removeAll()
        isEndHeld = false
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, !isNegotiated {
            context.close(promise: nil)
        } else if event is ChannelShouldQuiesceEvent {
            // A request is under way, or its answer was handed on and is not out yet.
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
