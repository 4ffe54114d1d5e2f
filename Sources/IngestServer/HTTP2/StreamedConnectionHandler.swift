import Logging
import NIOCore
import NIOHTTP2

/// Handles a connection of HTTP/2 as a whole: how long it may be without a stream, and how it ends.
///
/// It ends with GOAWAY, which names the last request that was taken, so that a client knows which others it can send
/// again elsewhere. Requests that begin after that are ignored; those under way are answered, and then the connection
/// is closed.
final class StreamedConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private let deadlines: RequestDeadlines
    private let logger: Logger
    private var openStreams = 0
    private var lastStream = HTTP2StreamID.rootStream
    private var isGoingAway = false
    /// Whether the handler of the protocol has told the client that the connection is broken.
    private var isBroken = false
    private var isGoAwayRefused = false
    private var context: ChannelHandlerContext?

    init(deadlines: RequestDeadlines, logger: Logger) {
        self.deadlines = deadlines
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        deadlines.onExpiry = { [unowned self] expiry in
            // Do not wait for a client that does not read.
            if expiry == .phase(.withoutStreams) { goAway() } else { cut() }
        }
        deadlines.enter(.withoutStreams)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            goAway()
        } else if event as? ChannelEvent == .inputClosed {
            // No more requests come; those that are under way are answered.
            isGoingAway = true
            if openStreams == 0 { end() }
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Takes a broken connection, or a request that breaks the rules; the protocol's handler has told the client.
    ///
    /// The error does not say which of the two it was. But if it was the connection, GOAWAY has gone out before;
    /// RST_STREAM ends one request, and the others go on. Only the kind of the error is logged: its text could hold
    /// what was sent.
    ///
    /// Once the server has sent its own GOAWAY, the protocol's handler can send none: the stream that it names is
    /// higher, so it is refused, before the fault itself is reported.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !(error is NIOHTTP2Errors.RaisedGoawayLastStreamID) else {
            isGoAwayRefused = true
            return
        }
        if isGoAwayRefused {
            isGoAwayRefused = false
            // A request that the client sent before it had read the GOAWAY was ignored, and this is the rest of it. It
            // is none of the faults that it is reported as (RFC 9113, section 6.8).
            if let rest = error as? NIOHTTP2Errors.NoSuchStream, rest.streamID > lastStream { return readOn() }
            isBroken = true
        }
        let isOfOneStream = !isBroken && error is any NIOHTTP2Error
        logger.debug(
            isOfOneStream ? "stream failed" : "connection failed",
            metadata: ["error": "\(type(of: error))"]
        )
        if !isOfOneStream { end() }
    }

    /// Makes the protocol's handler go on with what it has received: at a fault it stops in the middle of that.
    private func readOn() {
        context?.eventLoop.assumeIsolated().execute { [weak self] in
            guard
                let pipeline = self?.context?.pipeline.syncOperations,
                let context = try? pipeline.context(handlerType: NIOHTTP2Handler.self),
                let handler = context.handler as? NIOHTTP2Handler
            else { return }
            handler.channelRead(context: context, data: NIOAny(ByteBuffer()))
            handler.channelReadComplete(context: context)
        }
    }

    private func goAway() {
        guard let context, !isGoingAway else { return }
        isGoingAway = true
        let frame = HTTP2Frame(
            streamID: .rootStream,
            payload: .goAway(lastStreamID: lastStream, errorCode: .noError, opaqueData: nil)
        )
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
        if openStreams == 0 { end() }
    }

    private func end() {
        context?.triggerUserOutboundEvent(ConnectionEnding.afterLastWrite, promise: nil)
    }

    private func cut() {
        context?.triggerUserOutboundEvent(ConnectionEnding.atOnce, promise: nil)
    }

    fileprivate func noteOpened(_ stream: HTTP2StreamID) {
        lastStream = max(lastStream, stream)
        openStreams += 1
        // The stream has deadlines of its own.
        if openStreams == 1 { deadlines.enter(.answering) }
    }

    fileprivate func noteClosed() {
        openStreams -= 1
        guard openStreams == 0, let context else { return }
        guard isGoingAway else { return deadlines.enter(.withoutStreams) }
        // The last frame of the last answer was handed on; whoever wrote it flushes it when that call is done.
        context.eventLoop.assumeIsolated().execute { self.end() }
    }

    fileprivate func noteWritten(_ frame: HTTP2Frame) {
        if case .goAway(_, let code, _) = frame.payload, code != .noError { isBroken = true }
    }

    /// Receives what the protocol's handler reports about frames that go out.
    var frames: any NIOHTTP2FrameDelegate { Frames(handler: self) }

    private struct Frames: NIOHTTP2FrameDelegate {
        unowned let handler: StreamedConnectionHandler

        func wroteFrame(_ frame: HTTP2Frame) { handler.noteWritten(frame) }
    }

    /// Receives what the protocol's handler reports about streams.
    var streams: any NIOHTTP2StreamDelegate {
        Streams(handler: NIOLoopBound(self, eventLoop: deadlines.eventLoop))
    }

    private struct Streams: NIOHTTP2StreamDelegate {
        let handler: NIOLoopBound<StreamedConnectionHandler>

        // Streams belong to the event loop of their connection, and are opened and closed on it.
        func streamCreated(_ id: HTTP2StreamID, channel: any Channel) { handler.value.noteOpened(id) }
        func streamClosed(_ id: HTTP2StreamID, channel: any Channel) { handler.value.noteClosed() }
    }
}
