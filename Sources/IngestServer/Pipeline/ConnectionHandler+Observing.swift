import EventLedger
import IngestAPI
import Logging
import NIOCore
import NIOHTTP1

/// What is noted about requests, and where it is reported: in the log, in traces, and in answers to clients that ask.
extension ConnectionHandler {
    /// What the router tells the connection about the request that it answers, once its token is known to be valid.
    enum RoutingNotice: Sendable {
        /// The body is about to be read: a client that waits to be told to send it is told so.
        case readsBody
        /// The answer to a read is for this account.
        case answersRead(of: Account.ID)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let notice = event as? RoutingNotice else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        promise?.succeed()
        switch notice {
        case .readsBody: continueIfExpected(context)
        case .answersRead(let account): request?.reader = account
        }
    }

    private func continueIfExpected(_ context: ChannelHandlerContext) {
        guard let request, request.expectsContinue, !request.hasEnded, request.answerStatus == nil, !isOver else {
            return
        }
        self.request?.expectsContinue = false
        writeContinue(context)
    }

    /// Tells the client to send the body.
    func writeContinue(_ context: ChannelHandlerContext) {
        let interim = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
    }

    /// Whether anything about a head has to be noted; for most heads nothing has, and nothing is done.
    func isNoteworthy(_ fields: RequestFields) -> Bool {
        guard case .absent = fields.prefer, rules.proxies == nil else { return true }
        guard let tracing = rules.tracing else { return false }
        if case .absent = fields.traceParent { return tracing.beginsTraces }
        return true
    }

    /// Notes what a head asks for or carries beyond the request itself, and returns the head for the router.
    func noted(
        _ head: HTTPRequestHead,
        _ fields: RequestFields
    ) -> HTTPRequestHead {
        var head = head
        if let proxies = rules.proxies, let peer {
            let client = proxies.client(
                of: peer,
                forwarded: head.headers["Forwarded"],
                forwardedFor: head.headers["X-Forwarded-For"]
            )
            if client != peer { note { $0.client = client } }
        }
        if RequestHead.prefersTiming(fields.prefer) { note { $0.isTimed = true } }
        if let tracing = rules.tracing, fields.traceParent != .absent || tracing.beginsTraces {
            let trace = tracing.begin(head, fields, request?.route ?? .other, &requestIDs)
            note { $0.trace = trace }
            // What is done for the request belongs below its span. Taking events in does not read these fields.
            if request?.isIngest != true {
                for field in trace.fields { head.headers.replaceOrAdd(name: field.name, value: field.value) }
            }
        }
        return head
    }

    /// Whom the connection is from; nil on a Unix socket.
    private var peer: IPAddress? {
        // Not the context's address, which a stream of HTTP/2 does not have.
        context?.channel.remoteAddress.flatMap { IPAddress($0) }
    }

    private func note(_ change: (RequestNotes) -> Void) {
        let notes = request?.notes ?? RequestNotes()
        change(notes)
        request?.notes = notes
    }

    /// Reports an answer to the log, and to the trace that the request belongs to.
    func log(_ request: Request) {
        let status = request.answerStatus ?? 0
        request.notes?.trace?.end(status: status)
        // No path and no query: they can hold an id or an address.
        logger.log(
            level: status >= 500 ? .warning : .debug,
            "request answered",
            metadata: metadata(of: request, ["method": "\(request.method)", "status": "\(status)"])
        )
        if let accessLog = rules.accessLog {
            access(accessLog, request, status: "\(status)", bytes: request.answerBytes)
        }
    }

    /// Reports to the log, and to the request's trace, that the client left before it had all of its answer.
    func logAbandoned(_ request: Request) {
        request.notes?.trace?.end(status: request.answerStatus)
        guard let accessLog = rules.accessLog else { return }
        access(accessLog, request, status: "abandoned", bytes: request.answerBytes)
    }

    /// Reports to the log an answer outside the usual way, perhaps to something that is no request at all.
    func logRefusal(_ request: Request?, status: Int, id: String, bytes: Int) {
        request?.notes?.trace?.end(status: UInt(status))
        logger.debug(
            "request refused",
            metadata: metadata(of: request, ["status": "\(status)", "request-id": "\(id)"])
        )
        if let accessLog = rules.accessLog {
            access(accessLog, request, status: "\(status)", bytes: bytes, id: id)
        }
    }

    /// Writes the line of the access log, with the route instead of the path: a path can hold anything.
    private func access(_ log: Logger, _ request: Request?, status: String, bytes: Int, id: String? = nil) {
        var metadata: Logger.Metadata = ["status": "\(status)", "bytes": "\(bytes)"]
        if let id { metadata["request-id"] = "\(id)" }
        if let request {
            metadata["method"] = "\(MeteredMethod(request.method).rawValue)"
            metadata["route"] = "\(request.route.rawValue)"
            metadata["ms"] = "\(ServerTiming.milliseconds(.now() - request.begunAt))"
        }
        log.info("request", metadata: self.metadata(of: request, metadata))
    }

    private func metadata(of request: Request?, _ metadata: Logger.Metadata) -> Logger.Metadata {
        var metadata = metadata
        if let request { metadata["request-id"] = "\(request.id)" }
        if let client = request?.notes?.client ?? peer {
            metadata["client"] = "\(client)"
        }
        if let traceID = request?.notes?.trace?.traceID { metadata["trace-id"] = "\(traceID)" }
        return metadata
    }
}
