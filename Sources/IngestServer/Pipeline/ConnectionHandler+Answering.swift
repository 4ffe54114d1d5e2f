import EventModel
import IngestAPI
import NIOCore
import NIOHTTP1

/// How answers leave a connection: what every one of them has, and which one is the last.
extension ConnectionHandler {
    /// Answers the request that is under way with a whole message.
    func answer(_ response: consuming APIResponse) {
        guard let context, !isOver, var request else { return }
        request.answerStatus = UInt(response.status)
        request.answerBytes = response.body.count
        // Logged first, so that whoever has the answer finds it in the log.
        log(request)
        note(request, status: UInt(response.status))
        let ends = endsConnection(request)
        request.notes?.storeTime = ingest?.storeTime
        switch transport {
        case .connection(let socket):
            socket.send(
                response.message(
                    id: request.id,
                    date: date.now(),
                    connection: ends ? "close" : request.version == .http1_0 ? "keep-alive" : nil,
                    allocator: allocator
                ) { writeFields(of: request, to: &$0) }
            )
        case .stream:
            writeFields(of: request, to: &response.headers)
            write(response, id: request.id, context)
        }
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
        case .head(let head) where !reserve(head, for: request):
            promise?.fail(ChannelError.ioOnClosedChannel)
            // The request was counted against the limits, so this answer reports them as well.
            for (name, value) in head.headers where name.lowercased().hasPrefix("x-ratelimit-") {
                self.request?.addedFields.append(APIResponse.Header(name, value))
            }
            end(with: .overloaded, context)
        case .head(var head):
            self.request?.answerStatus = head.status.code
            complete(&head.headers, for: request)
            // HTTP/1.1's encoder does this by itself (RFC 9110, section 8.6).
            if isStream, head.status == .noContent { head.headers.remove(name: "Content-Length") }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body where request.method == .HEAD:
            // RFC 9110, section 9.3.2: the fields of a GET's answer, and no content.
            promise?.succeed()
        case .body(let content):
            self.request?.answerBytes += content.readableBytes
            context.write(data, promise: givingBack(promise, context))
        case .end:
            log(request)
            note(request, status: request.answerStatus ?? 0)
            let ends = endsConnection(request)
            if ends { context.writeAndFlush(data, promise: promise) } else { context.write(data, promise: promise) }
            didAnswer(request, isLast: ends, context)
        }
    }

    /// Takes from the server's budget what a large answer holds until it is out.
    ///
    /// Only answers to reads count: what has been done cannot be refused any more, and its answer has few bytes.
    ///
    /// - Returns: False if not enough is left.
    private func reserve(_ head: HTTPResponseHead, for request: Request) -> Bool {
        guard request.method == .GET,
            let size = head.headers.first(name: "Content-Length").flatMap({ Int($0) }),
            size > Limits.smallAnswerBytes
        else { return true }
        // Nobody has to show a token for the document, so it must not take from the budget for the answers to accounts.
        let budget = request.route == .document ? rules.documents : rules.answers
        self.request?.reservation = MemoryReservation(of: budget, bytes: size, for: request.reader)
        return self.request?.reservation != nil
    }

    /// The promise of an answer's content: what was taken for it is given back when it is out, or cannot get out.
    private func givingBack(
        _ promise: EventLoopPromise<Void>?,
        _ context: ChannelHandlerContext
    ) -> EventLoopPromise<Void>? {
        guard let reservation = request?.reservation else { return promise }
        request?.reservation = nil
        let promise = promise ?? context.eventLoop.makePromise()
        promise.futureResult.whenComplete { _ in withExtendedLifetime(reservation) {} }
        return promise
    }

    /// Writes the fields that an answer has besides its own.
    func writeFields(of request: Request, to fields: inout some FieldSink) {
        // Also if, for example, the body of an event took too long: its token is known to be valid by then.
        if request.isIngest { ingest?.rateLimit?.write(to: &fields) }
        request.writeFields(to: &fields)
    }

    private func didAnswer(_ request: Request, isLast: Bool, _ context: ChannelHandlerContext) {
        self.request = nil
        if isLast {
            isOver = true
            context.triggerUserOutboundEvent(ConnectionEnding.afterLastWrite, promise: nil)
        } else {
            deadlines.enter(.idle)
            if !waiting.isEmpty { takeWaiting(context) }
        }
    }

    /// Adds the fields that every answer has.
    private func complete(_ headers: inout HTTPHeaders, for request: Request) {
        if !headers.contains(name: "X-Request-Id") { headers.add(name: "X-Request-Id", value: request.id) }
        request.writeFields(to: &headers)
        if !headers.contains(name: "Date") { headers.add(name: "Date", value: date.now()) }
        if endsConnection(request) {
            self.request?.endsConnection = true
            // HTTP/2 has no such field (RFC 9113, section 8.2.2): there the stream ends.
            if !isStream { headers.replaceOrAdd(name: "Connection", value: "close") }
        } else if request.version == .http1_0 {
            headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
    }

    /// Whether the answer to a request is the last one of its connection.
    ///
    /// It is, among others, if it leaves before all of its request has come in: the server cannot wait for the place
    /// where the next request would begin.
    private func endsConnection(_ request: Request) -> Bool {
        request.endsConnection || !request.hasEnded || isInputClosed || isStopping
    }

    /// Writes an answer to a stream of HTTP/2.
    func write(_ response: APIResponse, id: String, withBody: Bool = true, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders(response.headers.map { ($0.name, $0.value) })
        headers.add(name: "X-Request-Id", value: id)
        headers.add(name: "Date", value: date.now())
        headers.add(name: "Content-Length", value: String(response.body.count))
        let status = HTTPResponseStatus(statusCode: response.status)
        let head = HTTPResponseHead(version: .http2, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if withBody {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Whether this is a stream of HTTP/2.
    var isStream: Bool {
        if case .stream = transport { true } else { false }
    }

    /// Counts an answer, even one to something that is no request.
    func note(_ request: Request?, status: UInt) {
        meter?.note(
            request?.route ?? .other,
            request.map { MeteredMethod($0.method) } ?? .other,
            status: status,
            since: request?.begunAt ?? .now()
        )
    }
}
