import EventLedger
import IngestAPI
import NIOCore
import NIOHTTP1

/// Answers `POST /v1/events` and `POST /v1/events/batch` for one connection, on its event loop.
///
/// Every other request goes to the router.
///
/// Both take the same path: the head is checked in ``IngestPreconditions``, the body is collected, parsed and handed to
/// the store, and the outcome is written in one piece when the store calls back. Valid events need no task and no
/// suspension on this path. A task is made only for what has to be looked up first, and for a batch that would hold the
/// loop for long.
///
/// Nothing is answered before the call that delivers a part of a request has returned: what else came in with it may be
/// the rest of the request, and then the connection goes on.
final class IngestExchange {
    private enum State {
        /// Between requests.
        case idle
        /// The body is coming in.
        case collecting(IngestPreconditions)
        /// The answer is being found; what still comes in of the request is dropped.
        case answering
    }

    private let store: any EventStore
    private let turn: IngestTurn
    private let batches: BatchIngest
    private let authorization: RequestAuthorization
    private let budget: MemoryBudget
    private let eventLoop: any EventLoop
    private var state = State.idle
    /// The token of the last request, which the next one nearly always carries as well.
    private var token = PresentedToken(.absent)
    private var body: ReceivedBody
    /// Where the account of the request stands with its limits, if it has any.
    private(set) var rateLimit: RateLimitReport?
    /// Whether to report how long the store took.
    private var isTimed = false
    private var askedStoreAt: NIODeadline?
    /// How long the store took over the request, if that was to be reported and the store was asked.
    private(set) var storeTime: TimeAmount?

    /// The connection that the answer is for.
    private var connection: ConnectionHandler?

    init(
        store: any EventStore,
        authorization: RequestAuthorization,
        turn: IngestTurn,
        budget: MemoryBudget,
        reservesAll: Bool,
        eventLoop: any EventLoop
    ) {
        self.store = store
        self.budget = budget
        self.body = ReceivedBody(budget: budget, reservesAll: reservesAll)
        self.turn = turn
        self.eventLoop = eventLoop
        self.batches = BatchIngest(store: store)
        self.authorization = authorization
    }

    /// Answers the requests of a connection from now on.
    func begin(on connection: ConnectionHandler) {
        self.connection = connection
    }

    // MARK: The request's way

    /// Forgets what was noted about the previous request once the next head has come.
    ///
    /// The next request may be refused for its own faults, and its answer must say nothing about another's account.
    func forgetLast() {
        rateLimit = nil
        askedStoreAt = nil
        storeTime = nil
    }

    /// Takes a request's head, after the previous request was answered and forgotten.
    ///
    /// - Parameter isTimed: Whether to report how long the store took.
    /// - Returns: Whether the client is to be told to send the body.
    func begin(_ fields: RequestFields, of version: HTTPVersion, for route: IngestRoute, isTimed: Bool) -> Bool {
        self.isTimed = isTimed
        do throws(APIError) {
            if fields.authorization != token.field { token = PresentedToken(fields.authorization) }
            let account = try authorization.account(token, needing: .eventsWrite, &rateLimit)
            let preconditions = try IngestPreconditions(fields, of: version, for: route, into: account)
            body.begin(of: account)
            if preconditions.isCompressed, !route.isBatch { try body.beginInflating() }
            state = .collecting(preconditions)
            return preconditions.expectsContinue
        } catch {
            answer(error.response)
            return false
        }
    }

    /// Takes a piece of the body.
    func collect(_ bytes: ByteBuffer) {
        guard case .collecting(let preconditions) = state else { return }
        let refusal = body.take(
            bytes,
            limitBytes: preconditions.route.bodyBytes,
            declaredBytes: preconditions.declaredBytes
        )
        if let refusal { answer(refusal) }
    }

    /// The connection is gone. What was stored stays stored, and a retry with the same key finds it.
    func end() {
        connection = nil
        body.drop()
    }

    /// Takes the end of the request.
    func finish() {
        guard case .collecting(let preconditions) = state else { return }
        if let fault = body.faultAtEnd { return answer(fault) }
        state = .answering
        let body = body.takeBytes()
        switch preconditions.route {
        case .event, .dryRun:
            finishEvent(body, preconditions)
        case .refused(let fault, _):
            answer(IngestResponse.rejected([fault]))
        case .batch:
            finishBatch(body, preconditions)
        }
    }

    private func finishBatch(_ body: ByteBuffer, _ preconditions: IngestPreconditions) {
        if isTimed { askedStoreAt = .now() }
        let (format, key, account) = (preconditions.format, preconditions.key, preconditions.account)
        let (reservation, answer) = (self.body.takeReservation(), completion())
        if preconditions.isCompressed {
            batches.run(
                compressed: body,
                holding: reservation,
                within: budget,
                as: format,
                key: key,
                into: account,
                answer
            )
        } else {
            batches.run(body, holding: reservation, as: format, key: key, into: account, answer)
        }
    }

    private func finishEvent(_ body: ByteBuffer, _ preconditions: IngestPreconditions) {
        let parsed = body.withUnsafeReadableBytes { bytes in
            IngestRequest.parse(body: bytes, headerKey: preconditions.key)
        }
        if isTimed { askedStoreAt = .now() }
        guard preconditions.route == .event else {
            return DryRun(store: store).run(parsed, in: preconditions.account, completion())
        }
        switch parsed {
        case .event(let event):
            turn.add(event, into: preconditions.account, for: self)
        case .invalid(let faults, let key?):
            replay(of: key, in: preconditions.account, orElse: faults, completion())
        case .invalid(let faults, nil), .malformed(let faults):
            answer(IngestResponse.rejected(faults))
        }
    }

    /// Answers from a known key, whatever else the body says.
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

    // MARK: The answer's way

    /// Takes the closure that makes the answer, from any thread; makes and writes the answer on the event loop.
    private typealias Answer = BatchIngest.Answer

    private func completion() -> Answer {
        let eventLoop = eventLoop
        let exchange = NIOLoopBound(self, eventLoop: eventLoop)
        return { response in
            eventLoop.execute { exchange.value.write(response()) }
        }
    }

    /// Answers the request once the call that delivers it has returned.
    private func answer(_ response: APIResponse) {
        state = .answering
        askedStoreAt = nil
        body.drop()
        let answer = completion()
        answer { response }
    }

    /// Answers with what became of the event that was handed to the store.
    func complete(_ result: Result<IngestOutcome, StoreError>) {
        switch result {
        case .success(let outcome): write(IngestResponse.response(for: outcome))
        case .failure(let error): write(APIError(error).response)
        }
    }

    private func write(_ response: APIResponse) {
        // Done before the answer is written, because writing it lets the next request in.
        state = .idle
        body.drop()
        if let askedStoreAt { storeTime = .now() - askedStoreAt }
        connection?.answer(response)
    }
}
