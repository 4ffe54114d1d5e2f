import EventLedger
import IngestAPI
import NIOCore
import NIOHTTP1

/// Answers `POST /v1/events` and `POST /v1/events/batch` on the event loop itself; every other request goes on to the
/// router.
///
/// The path of both: head checked in ``IngestPreconditions``, body collected, parsed, handed to the store, and the
/// outcome written in one flush when the store calls back. For good events there is no task and no suspension in it; a
/// task is made for what has to be looked up first, and for a batch that would hold the loop for long.
///
/// Nothing is ever answered from within `channelRead`, be it a refusal: writing the end of an answer lets the next
/// pipelined request in, so a thousand of them would be answered a thousand calls deep.
final class EventIngestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Between requests.
        case idle
        /// A request of the router's is coming in.
        case passing
        /// The body of an ingest is coming in.
        case collecting(IngestPreconditions)
        /// The answer is being found or waits for its turn; what still comes in of the request is dropped.
        case answering
    }

    private let store: any EventStore
    private let batches: BatchIngest
    private let authorization: RequestAuthorization
    private var state = State.idle
    /// What came of the body so far. It is no part of the state, so that it is appended to where it stands: whoever takes
    /// it out of an enumeration to do so holds it twice, and copies all of it for each piece.
    private var body: ByteBuffer?
    private var context: ChannelHandlerContext?

    init(store: any EventStore) {
        self.store = store
        self.batches = BatchIngest(store: store)
        self.authorization = RequestAuthorization(store: store)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        body = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard head.method == .POST, let route = IngestRoute(head.uri) else {
                state = .passing
                break
            }
            return begin(head, of: route, context)
        case .body(let bytes):
            guard case .passing = state else { return collect(bytes, context) }
        case .end:
            guard case .passing = state else { return finish(context) }
            state = .idle
        }
        context.fireChannelRead(data)
    }

    // MARK: The request's way

    private func begin(_ head: HTTPRequestHead, of route: IngestRoute, _ context: ChannelHandlerContext) {
        do throws(APIError) {
            let preconditions = try IngestPreconditions(head, of: route, authorization)
            state = .collecting(preconditions)
            if preconditions.expectsContinue {
                let interim = HTTPResponseHead(version: .http1_1, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
            }
        } catch {
            answer(error.response, context)
        }
    }

    private func collect(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        guard case .collecting(let preconditions) = state else { return }
        let limit = preconditions.route.bodyBytes
        guard (body?.readableBytes ?? 0) + bytes.readableBytes <= limit else {
            body = nil
            return answer(APIError.payloadTooLarge(limitBytes: limit).response, context)
        }
        guard body != nil else {
            // Nearly every event comes in one piece, which is kept as it is.
            body = bytes
            return
        }
        // Room for all of it at once, where it is known to be at most what is taken.
        if let declaredBytes = preconditions.declaredBytes { body?.reserveCapacity(declaredBytes) }
        body?.writeImmutableBuffer(bytes)
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard case .collecting(let preconditions) = state else { return }
        state = .answering
        let body = body.take() ?? ByteBuffer()
        switch preconditions.route {
        case .event:
            finishEvent(body, preconditions, context)
        case .batch:
            let answer = completion(context)
            batches.run(body, as: preconditions.format, key: preconditions.key, into: preconditions.account, answer)
        }
    }

    private func finishEvent(
        _ body: ByteBuffer,
        _ preconditions: IngestPreconditions,
        _ context: ChannelHandlerContext
    ) {
        let parsed = body.withUnsafeReadableBytes { bytes in
            IngestRequest.parse(body: bytes, headerKey: preconditions.key)
        }
        switch parsed {
        case .event(let event):
            let answer = completion(context)
            store.submit(event, into: preconditions.account) { result in
                // Written out on the event loop: this is the writer's thread.
                answer { EventIngestHandler.response(result) }
            }
        case .invalid(let faults, let key?):
            replay(of: key, in: preconditions.account, orElse: faults, completion(context))
        case .invalid(let faults, nil), .malformed(let faults):
            answer(IngestResponse.rejected(faults), context)
        }
    }

    /// A known key answers whatever else the body says.
    private func replay(
        of key: IdempotencyKey,
        in account: Account.ID,
        orElse faults: [InvalidValue],
        _ answer: @escaping Answer
    ) {
        let store = store
        Task {
            do throws(StoreError) {
                let outcome = try await store.replay(of: key, in: account)
                answer { outcome.map(IngestResponse.response(for:)) ?? IngestResponse.rejected(faults) }
            } catch {
                answer { APIError(error).response }
            }
        }
    }

    private static func response(_ result: Result<IngestOutcome, StoreError>) -> APIResponse {
        switch result {
        case .success(let outcome): IngestResponse.response(for: outcome)
        case .failure(let error): APIError(error).response
        }
    }

    // MARK: The answer's way

    /// Takes what makes the answer, from any thread, and makes and writes it on the event loop.
    private typealias Answer = BatchIngest.Answer

    /// What answers the request. The event loop coalesces the wake-ups of a batch by itself.
    private func completion(_ context: ChannelHandlerContext) -> Answer {
        let eventLoop = context.eventLoop
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        return { response in
            eventLoop.execute { handler.value.write(response()) }
        }
    }

    /// Answers the request once the call that delivers it is done.
    private func answer(_ response: APIResponse, _ context: ChannelHandlerContext) {
        state = .answering
        let answer = completion(context)
        answer { response }
    }

    private func write(_ response: APIResponse) {
        // The client may be gone by now; what was stored stays stored, and the key tells.
        guard let context else { return }
        let body = context.channel.allocator.buffer(bytes: response.body)
        context.write(wrapOutboundOut(.head(response.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        // Before the end is written, since that lets the next request in.
        state = .idle
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
