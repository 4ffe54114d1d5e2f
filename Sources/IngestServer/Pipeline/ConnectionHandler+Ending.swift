import IngestAPI
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// How a connection ends early: what came in is no request, or is incomplete, or took too long.
extension ConnectionHandler {
    func takeEndOfInput(_ context: ChannelHandlerContext) {
        // A client may close its side after its last request and still wait for the answer.
        isInputClosed = true
        guard request == nil else { return }
        isOver = true
        context.triggerUserOutboundEvent(ConnectionEnding.afterLastWrite, promise: nil)
    }

    func takeError(_ error: any Error, _ context: ChannelHandlerContext) {
        switch error {
        case HTTPParserError.headerOverflow:
            end(with: .headerFieldsTooLarge, context)
        case is HTTPParserError, is HTTP1TypeConversionError:
            end(with: .badRequest("The request is not valid HTTP/1.1"), context)
        default:
            // A reset connection, for example. Only the kind of the error is logged: its text could hold what was sent.
            logger.debug("connection failed", metadata: ["error": "\(type(of: error))"])
            context.close(promise: nil)
        }
    }

    /// Answers with a failure and ends the connection, outside the usual way, which serves valid requests only.
    func end(with error: APIError, _ context: ChannelHandlerContext) {
        cutShort(context)
        guard request?.answerStatus == nil else {
            // Half an answer is out; the client can tell from the missing rest.
            context.triggerUserOutboundEvent(ConnectionEnding.atOnce, promise: nil)
            return
        }
        let id = request?.id ?? requestIDs.next()
        isOver = true
        note(request, status: UInt(error.status))
        var response = error.response
        if let request { writeFields(of: request, to: &response.headers) }
        logRefusal(request, status: error.status, id: id, bytes: response.body.count)
        guard !isStream else {
            write(response, id: id, withBody: request?.method != .HEAD, context)
            return context.triggerUserOutboundEvent(ConnectionEnding.afterLastWrite, promise: nil)
        }
        let message = response.message(
            id: id,
            date: date.now(),
            connection: "close",
            withBody: request?.method != .HEAD,
            allocator: allocator
        ) { _ in }
        context.triggerUserOutboundEvent(ConnectionEnding.answering(message), promise: nil)
    }

    /// Tells the router that the rest of the request that it was handed will not come.
    ///
    /// Otherwise the router would take the end of the connection for the end of the body, and carry out what it has.
    func cutShort(_ context: ChannelHandlerContext) {
        guard let request, request.isRouted, !request.hasEnded else { return }
        self.request?.isRouted = false
        context.fireErrorCaught(RequestCutShort())
    }

    func expire(_ expiry: RequestDeadlines.Expiry, _ context: ChannelHandlerContext) {
        switch expiry {
        case .phase(.head), .phase(.body):
            end(with: .requestTimeout, context)
        case .phase(.idle) where deadlines.watchReading():
            // The client is still reading the last answer.
            deadlines.enter(.idle)
        case .phase, .stall:
            context.triggerUserOutboundEvent(ConnectionEnding.atOnce, promise: nil)
        }
    }
}

/// Thrown to whoever reads a body whose end will never come. Its client has been answered, or is gone.
struct RequestCutShort: Error {}
