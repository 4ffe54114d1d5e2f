import IngestAPI
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// The handler through which every request and every answer of a connection goes, whoever answers it.
///
/// It checks where requests end, sees to the fields that every answer has, ends the connection when that is due, and
/// answers what is no request at all. The pipelining handler before it lets one request in at a time.
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
        var endsConnection: Bool
        var hasEnded = false
        var answerStatus: UInt?
    }

    private let deadlines: RequestDeadlines
    private let needsHost: Bool
    private let logger: Logger
    private var request: Request?
    /// Whether the last answer of this connection was written, so that nothing more goes in or out.
    private var isOver = false
    /// Whether the client has closed its side; held back until the request that is under way is answered.
    private var isInputClosed = false
    private var date = HTTPDate()
    private var requestIDs = RequestIDs()

    init(deadlines: RequestDeadlines, needsHost: Bool, logger: Logger) {
        self.deadlines = deadlines
        self.needsHost = needsHost
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        deadlines.onExpiry = { [unowned self] phase in expire(phase, context) }
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            let id = RequestHead.requestID(head.headers["X-Request-Id"]) ?? requestIDs.next()
            request = Request(
                id: id,
                method: head.method,
                version: head.version,
                endsConnection: !RequestFraming.isPersistent(head)
            )
            deadlines.enter(.body)
            if let fault = RequestFraming.fault(in: head, needsHost: needsHost) { return end(with: fault, context) }
        case .body:
            break
        case .end:
            request?.hasEnded = true
            deadlines.enter(.answering)
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event as? ChannelEvent == .inputClosed else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        // A client may close its side after its last request and still wait for the answer.
        isInputClosed = true
        guard request == nil, !isOver else { return }
        isOver = true
        context.triggerUserOutboundEvent(ConnectionEnding.afterLastWrite, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isOver else { return }
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
            log(request)
            // All of this before the write: writing the end of an answer lets the next request in.
            self.request = nil
            if endsConnection(request) {
                isOver = true
                context.writeAndFlush(data, promise: promise)
                context.triggerUserOutboundEvent(ConnectionEnding.afterLastWrite, promise: nil)
            } else {
                deadlines.enter(.idle)
                context.write(data, promise: promise)
            }
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
        request.endsConnection || !request.hasEnded || isInputClosed
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
        let message = error.response.message(
            headers: [("X-Request-Id", id), ("Date", date.now()), ("Connection", "close")],
            withBody: request?.method != .HEAD,
            allocator: context.channel.allocator
        )
        logger.debug("request refused", metadata: ["status": "\(error.status)", "request-id": "\(id)"])
        context.triggerUserOutboundEvent(ConnectionEnding.answering(message), promise: nil)
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
