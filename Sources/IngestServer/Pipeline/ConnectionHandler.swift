import DequeModule
import IngestAPI
import Logging
import NIOCore
import NIOHTTP1

/// The handler through which every request and every answer of a connection goes, whoever answers it.
///
/// It lets one request in at a time, checks where requests end, adds the fields that every answer has, ends the
/// connection when that is due, and answers what is no request at all. Events go to the connection's
/// ``IngestExchange``, whose answers leave as whole messages; all other requests go on to the router.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    let deadlines: RequestDeadlines
    let transport: Transport
    let ingest: IngestExchange?
    let meter: RequestMeter.Share?
    let rules: ConnectionRules
    var logger: Logger { rules.logger }
    var context: ChannelHandlerContext?
    var request: Request?
    /// What came in after a request that is not answered yet.
    var waiting = Deque<Input>()
    private var isTakingWaiting = false
    /// Whether the router was handed something since it was last informed that a read is complete.
    private var isRouterFed = false
    private var isReadHeldBack = false
    /// Whether the last answer of this connection was written, so that nothing more goes in or out.
    var isOver = false
    /// Whether the client has closed its side; acted on only after the request that is under way is answered.
    var isInputClosed = false
    /// Whether the server is stopping, so that the answer to the request that is under way is the last one.
    var isStopping = false
    let allocator = ByteBufferAllocator()
    var date = HTTPDate()
    var requestIDs = RequestIDs()

    /// What comes in, in order.
    enum Input {
        case part(HTTPServerRequestPart)
        case error(any Error)
        case end
    }

    /// - Parameters:
    ///   - transport: What requests come in on.
    ///   - ingest: What answers requests to ingest events; nil if the router answers everything.
    ///   - meter: What counts the answers; nil if they are not counted.
    ///   - rules: The rules for all connections of the port.
    init(
        deadlines: RequestDeadlines,
        transport: Transport,
        ingest: IngestExchange?,
        meter: RequestMeter.Share?,
        rules: ConnectionRules
    ) {
        self.deadlines = deadlines
        self.transport = transport
        self.ingest = ingest
        self.meter = meter
        self.rules = rules
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        ingest?.begin(on: self)
        deadlines.onExpiry = { [unowned self] expiry in expire(expiry, context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        if let request, !isOver { logAbandoned(request) }
        request?.reservation = nil
        self.context = nil
        ingest?.end()
        waiting.removeAll()
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        receive(.part(unwrapInboundIn(data)), context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            isStopping = true
            // Between requests the connection ends at once.
            if request == nil, !isOver, !isStream { context.close(promise: nil) }
        } else if event as? ChannelEvent == .inputClosed {
            receive(.end, context)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        receive(.error(error), context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        cutShort(context)
        context.fireChannelInactive()
    }

    /// Tells the router, only if it was handed anything, that a read is complete; then the router works on that.
    func channelReadComplete(context: ChannelHandlerContext) {
        guard isRouterFed else { return }
        isRouterFed = false
        context.fireChannelReadComplete()
    }

    /// Goes on reading while a request is answered, so that nothing has to be registered again for the next one, but
    /// reads no further than into the next one.
    func read(context: ChannelHandlerContext) {
        if waiting.isEmpty { context.read() } else { isReadHeldBack = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !waiting.isEmpty { takeWaiting(context) }
        context.fireChannelWritabilityChanged()
    }

    private func receive(_ input: Input, _ context: ChannelHandlerContext) {
        guard !isOver else { return }
        if waiting.isEmpty, mayTake(input, context) {
            take(input, context)
        } else {
            if waiting.isEmpty { noteBehind(true) }
            waiting.append(input)
            noteHeldUp()
        }
    }

    /// Whether an input belongs to the request that is being received or begins one.
    private func mayTake(_ input: Input, _ context: ChannelHandlerContext) -> Bool {
        guard let request else {
            // Answer no more than the client reads. A stream has only one answer.
            if case .part(.head) = input { return context.channel.isWritable || isStream }
            return true
        }
        // It helps to know before the answer is written that the client has closed its side.
        if case .end = input { return true }
        return !request.hasEnded
    }

    /// Enters the phase of answering if what waits is delayed by how the client reads: then only its reading has a
    /// deadline.
    private func noteHeldUp() {
        if request == nil, !isOver, !waiting.isEmpty { deadlines.enter(.answering) }
    }

    private func take(_ input: Input, _ context: ChannelHandlerContext) {
        switch input {
        case .part(.head(let head)): takeHead(head, context)
        case .part(.body(let bytes)) where request?.isIngest == true: ingest?.collect(bytes)
        case .part(.body(let bytes)): feedRouter(.body(bytes), context)
        case .part(.end(let trailers)): takeEnd(trailers, context)
        case .error(let error): takeError(error, context)
        case .end: takeEndOfInput(context)
        }
    }

    private func takeHead(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        ingest?.forgetLast()
        let fields = RequestFields(head.headers)
        let route = ingest == nil || head.method != .POST ? nil : IngestRoute(head.uri)
        request = Request(
            id: RequestHead.requestID(fields.requestID) ?? requestIDs.next(),
            method: head.method,
            version: head.version,
            isIngest: route != nil,
            route: route.map(Route.init) ?? Route(target: head.uri),
            endsConnection: isStream || !RequestFraming.isPersistent(head, fields)
        )
        if let pages = rules.pages { request?.addedFields = pages.headers(for: fields.origin) }
        let head = isNoteworthy(fields) ? noted(head, fields) : head
        deadlines.enter(.body)
        if let fault = RequestFraming.fault(in: fields, of: head.version, needsHost: rules.needsHost) {
            end(with: fault, context)
        } else if let fault = RequestFraming.fault(ofTarget: head.uri) {
            end(with: fault, context)
        } else if case .stream(let isTaken) = transport, let fault = RequestFraming.fault(of: head, isTaken: isTaken) {
            end(with: fault, context)
        } else if let route, let ingest {
            let isTimed = request?.notes?.isTimed == true
            guard ingest.begin(fields, of: head.version, for: route, isTimed: isTimed) else { return }
            writeContinue(context)
        } else {
            request?.expectsContinue = head.version != .http1_0 && fields.expectsContinue
            request?.isRouted = true
            feedRouter(.head(head), context)
        }
    }

    private func takeEnd(_ trailers: HTTPHeaders?, _ context: ChannelHandlerContext) {
        request?.hasEnded = true
        request?.notes?.receivedAt = .now()
        deadlines.enter(.answering)
        if request?.isIngest == true {
            // Trailer fields may be ignored (RFC 9110, section 6.5.1), but a key must not be: retries would be new
            // events.
            if let trailers, trailers.contains(name: "Idempotency-Key") {
                return end(with: .badRequest("Idempotency-Key must stand before the body, not behind it"), context)
            }
            ingest?.finish()
        } else {
            feedRouter(.end(trailers), context)
        }
    }

    private func feedRouter(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        isRouterFed = true
        context.fireChannelRead(wrapInboundOut(part))
    }

    /// Lets in what waits, up to the end of the next request.
    func takeWaiting(_ context: ChannelHandlerContext) {
        // Requests that are answered while they are let in must not nest a thousand calls deep.
        guard !isTakingWaiting else { return }
        isTakingWaiting = true
        defer { isTakingWaiting = false }
        while !isOver, let next = waiting.first, mayTake(next, context) {
            waiting.removeFirst()
            take(next, context)
        }
        noteHeldUp()
        channelReadComplete(context: context)
        guard waiting.isEmpty else { return }
        if isReadHeldBack {
            isReadHeldBack = false
            context.read()
        }
        noteBehind(false)
    }

    /// Makes the socket's handler keep what else comes in as plain bytes, or lets it in again.
    private func noteBehind(_ isBehind: Bool) {
        if case .connection(let socket) = transport { socket.note(isBehind: isBehind) }
    }
}
