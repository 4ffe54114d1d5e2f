import DequeModule
import IngestAPI
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// The handler through which every request and every answer of a connection goes, whoever answers it.
///
/// It lets one request in at a time, checks where requests end, sees to the fields that every answer has, ends the
/// connection when that is due, and answers what is no request at all. Events go to the connection's ``IngestExchange``,
/// whose answers leave as whole messages; all other requests go on to the router.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// The request that is being received or answered.
    private struct Request {
        var id: String
        var method: HTTPMethod
        var version: HTTPVersion
        var isIngest: Bool
        var route: MeteredRoute
        var begunAt = NIODeadline.now()
        var endsConnection: Bool
        var hasEnded = false
        var answerStatus: UInt?
    }

    private let deadlines: RequestDeadlines
    private let socket: LingeringCloseHandler
    private let ingest: IngestExchange?
    private let meter: RequestMeter.Share?
    private let needsHost: Bool
    private let logger: Logger
    private var context: ChannelHandlerContext?
    private var request: Request?
    /// What came in behind a request that is not answered yet.
    private var waiting = Deque<Input>()
    private var isTakingWaiting = false
    private var isReadHeldBack = false
    /// Whether the last answer of this connection was written, so that nothing more goes in or out.
    private var isOver = false
    /// Whether the client has closed its side; held back until the request that is under way is answered.
    private var isInputClosed = false
    /// Whether the server stops, so that the answer to the request that is under way is the last one.
    private var isStopping = false
    private var date = HTTPDate()
    private var requestIDs = RequestIDs()

    /// What comes in, in its order.
    private enum Input {
        case part(HTTPServerRequestPart)
        case error(any Error)
        case end
    }

    /// - Parameters:
    ///   - socket: The handler next to the socket.
    ///   - ingest: What answers requests to ingest events; nil where the router answers everything.
    ///   - meter: What counts the answers; nil where they are not counted.
    init(
        deadlines: RequestDeadlines,
        socket: LingeringCloseHandler,
        ingest: IngestExchange?,
        meter: RequestMeter.Share?,
        needsHost: Bool,
        logger: Logger
    ) {
        self.deadlines = deadlines
        self.socket = socket
        self.ingest = ingest
        self.meter = meter
        self.needsHost = needsHost
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        ingest?.connection = self
        deadlines.onExpiry = { [unowned self] phase in expire(phase, context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        ingest?.connection = nil
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
            if request == nil, !isOver { context.close(promise: nil) }
        } else if event as? ChannelEvent == .inputClosed {
            receive(.end, context)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        receive(.error(error), context)
    }

    /// Reading goes on while a request is answered, so that nothing has to be registered anew for the next one; but not
    /// further than into the next one.
    func read(context: ChannelHandlerContext) {
        if waiting.isEmpty { context.read() } else { isReadHeldBack = true }
    }

    private func receive(_ input: Input, _ context: ChannelHandlerContext) {
        guard !isOver else { return }
        if mayTake(input), waiting.isEmpty {
            take(input, context)
        } else {
            waiting.append(input)
        }
    }

    /// Whether an input belongs to the request that is being received or begins one.
    private func mayTake(_ input: Input) -> Bool {
        guard let request, request.hasEnded else { return true }
        // That the client has closed its side is good to know before the answer is written.
        if case .end = input { return true }
        return false
    }

    private func take(_ input: Input, _ context: ChannelHandlerContext) {
        switch input {
        case .part(.head(let head)): takeHead(head, context)
        case .part(.body(let bytes)) where request?.isIngest == true: ingest?.collect(bytes)
        case .part(.body(let bytes)): context.fireChannelRead(wrapInboundOut(.body(bytes)))
        case .part(.end(let trailers)): takeEnd(trailers, context)
        case .error(let error): takeError(error, context)
        case .end: takeEndOfInput(context)
        }
    }

    private func takeHead(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let fields = RequestFields(head.headers)
        let route = ingest == nil || head.method != .POST ? nil : IngestRoute(head.uri)
        request = Request(
            id: RequestHead.requestID(fields.requestID) ?? requestIDs.next(),
            method: head.method,
            version: head.version,
            isIngest: route != nil,
            route: route.map(MeteredRoute.init) ?? (meter == nil ? .other : MeteredRoute(target: head.uri)),
            endsConnection: !RequestFraming.isPersistent(head, fields)
        )
        deadlines.enter(.body)
        if let fault = RequestFraming.fault(in: fields, of: head.version, needsHost: needsHost) {
            end(with: fault, context)
        } else if let route, let ingest {
            guard ingest.begin(fields, of: head.version, for: route) else { return }
            let interim = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
        } else {
            context.fireChannelRead(wrapInboundOut(.head(head)))
        }
    }

    private func takeEnd(_ trailers: HTTPHeaders?, _ context: ChannelHandlerContext) {
        request?.hasEnded = true
        deadlines.enter(.answering)
        if request?.isIngest == true {
            ingest?.finish()
        } else {
            context.fireChannelRead(wrapInboundOut(.end(trailers)))
        }
    }

    private func takeEndOfInput(_ context: ChannelHandlerContext) {
        // A client may close its side after its last request and still wait for the answer.
        isInputClosed = true
        guard request == nil else { return }
        isOver = true
        context.triggerUserOutboundEvent(ConnectionEnding.afterLastWrite, promise: nil)
    }

    private func takeError(_ error: any Error, _ context: ChannelHandlerContext) {
        switch error {
        case HTTPParserError.headerOverflow:
            end(with: .headerFieldsTooLarge, context)
        case is HTTPParserError, is HTTP1TypeConversionError:
            end(with: .badRequest("The request is not valid HTTP/1.1"), context)
        default:
            // A connection that was reset, say. Only the kind of the error is told: its text could hold what was sent.
            logger.debug("connection failed", metadata: ["error": "\(type(of: error))"])
            context.close(promise: nil)
        }
    }

    /// Lets in what waits, up to the end of the next request.
    private func takeWaiting(_ context: ChannelHandlerContext) {
        // A request that is answered while it is let in is not answered a thousand calls deep.
        guard !isTakingWaiting else { return }
        isTakingWaiting = true
        defer { isTakingWaiting = false }
        while !isOver, let next = waiting.first, mayTake(next) {
            waiting.removeFirst()
            take(next, context)
        }
        // What the router has been handed counts once a read is complete.
        context.fireChannelReadComplete()
        if isReadHeldBack, waiting.isEmpty {
            isReadHeldBack = false
            context.read()
        }
    }

    private func expire(_ phase: RequestDeadlines.Phase, _ context: ChannelHandlerContext) {
        let answerBegan = request?.answerStatus != nil
        if (phase == .head || phase == .body) && !answerBegan {
            end(with: .requestTimeout, context)
        } else if phase == .idle, !context.channel.isWritable {
            // The client is still reading the last answer.
            deadlines.enter(.idle)
        } else {
            context.triggerUserOutboundEvent(ConnectionEnding.atOnce, promise: nil)
        }
    }

    // MARK: Out

    /// Answers the request that is under way with a whole message.
    func answer(_ response: APIResponse) {
        guard let context, !isOver, var request else { return }
        request.answerStatus = UInt(response.status)
        let ends = endsConnection(request)
        var fields = [("X-Request-Id", request.id), ("Date", date.now())]
        if ends {
            fields.append(("Connection", "close"))
        } else if request.version == .http1_0 {
            fields.append(("Connection", "keep-alive"))
        }
        socket.send(response.message(headers: fields, allocator: context.channel.allocator))
        didAnswer(request, isLast: ends, context)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver, let request else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status.code < 200:
            context.write(data, promise: promise)
        case .head(var head):
            self.request?.answerStatus = head.status.code
            complete(&head.headers, for: request)
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body where request.method == .HEAD:
            // RFC 9110, section 9.3.2: the fields of a GET's answer, and no content.
            promise?.succeed()
        case .body:
            context.write(data, promise: promise)
        case .end:
            let ends = endsConnection(request)
            if ends { context.writeAndFlush(data, promise: promise) } else { context.write(data, promise: promise) }
            didAnswer(request, isLast: ends, context)
        }
    }

    private func didAnswer(_ request: Request, isLast: Bool, _ context: ChannelHandlerContext) {
        log(request)
        note(request, status: request.answerStatus ?? 0)
        self.request = nil
        if isLast {
            isOver = true
            context.triggerUserOutboundEvent(ConnectionEnding.afterLastWrite, promise: nil)
        } else {
            deadlines.enter(.idle)
            if !waiting.isEmpty { takeWaiting(context) }
        }
    }

    /// Adds what every answer has.
    private func complete(_ headers: inout HTTPHeaders, for request: Request) {
        if !headers.contains(name: "X-Request-Id") { headers.add(name: "X-Request-Id", value: request.id) }
        if !headers.contains(name: "Date") { headers.add(name: "Date", value: date.now()) }
        if endsConnection(request) {
            self.request?.endsConnection = true
            headers.replaceOrAdd(name: "Connection", value: "close")
        } else if request.version == .http1_0 {
            headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
    }

    /// An answer that leaves before all of its request has come in is the last one: where the next request would begin
    /// cannot be waited for.
    private func endsConnection(_ request: Request) -> Bool {
        request.endsConnection || !request.hasEnded || isInputClosed || isStopping
    }

    /// Answers with a failure beside the usual way, which serves good requests only, and ends the connection.
    private func end(with error: APIError, _ context: ChannelHandlerContext) {
        guard request?.answerStatus == nil else {
            // Half an answer is out; the missing rest tells the client.
            context.triggerUserOutboundEvent(ConnectionEnding.atOnce, promise: nil)
            return
        }
        let id = request?.id ?? requestIDs.next()
        isOver = true
        note(request, status: UInt(error.status))
        var response = error.response
        // The body of an event took too long, say: its token is known to be good by then.
        if request?.isIngest == true, let rateLimit = ingest?.rateLimit { response.headers += rateLimit.headers }
        let message = response.message(
            headers: [("X-Request-Id", id), ("Date", date.now()), ("Connection", "close")],
            withBody: request?.method != .HEAD,
            allocator: context.channel.allocator
        )
        logger.debug("request refused", metadata: ["status": "\(error.status)", "request-id": "\(id)"])
        context.triggerUserOutboundEvent(ConnectionEnding.answering(message), promise: nil)
    }

    /// Counts an answer, to what is no request as well.
    private func note(_ request: Request?, status: UInt) {
        meter?.note(
            request?.route ?? .other,
            request.map { MeteredMethod($0.method) } ?? .other,
            status: status,
            since: request?.begunAt ?? .now()
        )
    }

    private func log(_ request: Request) {
        let status = request.answerStatus ?? 0
        // No path and no query: they can hold an id or an address.
        logger.log(
            level: status >= 500 ? .warning : .debug,
            "request answered",
            metadata: ["method": "\(request.method)", "status": "\(status)", "request-id": "\(request.id)"]
        )
    }
}
