import EventLedger
import IngestAPI
import NIOCore
import NIOHTTP1
import Zlib

/// Answers `POST /v1/events` and `POST /v1/events/batch` for one connection, on its event loop; every other request goes
/// to the router.
///
/// The path of both: head checked in ``IngestPreconditions``, body collected, parsed, handed to the store, and the
/// outcome written in one piece when the store calls back. For good events there is no task and no suspension in it; a
/// task is made for what has to be looked up first, and for a batch that would hold the loop for long.
///
/// Nothing is answered before the call that delivers a part of a request is done: what else came in with it may be the
/// rest of the request, and then the connection goes on.
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
    private let budget: ReceiveBudget
    private let reservesAll: Bool
    private let eventLoop: any EventLoop
    private var state = State.idle
    /// The token of the last request, which the next one nearly always carries as well.
    private var token = PresentedToken(.absent)
    /// What came of the body so far. It is no part of the state, so that it is appended to where it stands: whoever takes
    /// it out of an enumeration to do so holds it twice, and copies all of it for each piece.
    private var body: ByteBuffer?
    /// What inflates the body, where it is compressed, and how much of it came in.
    private var inflation: (inflater: GzipInflater, compressedBytes: Int)?
    /// Where the account of the request stands, if it has limits.
    private(set) var rateLimit: RateLimitReport?
    /// Whether it is to be told how long the store took.
    private var isTimed = false
    private var askedStoreAt: NIODeadline?
    /// How long the store took over the request, where that was to be told and it was asked.
    private(set) var storeTime: TimeAmount?

    /// How much of the server's budget the body has.
    private var reservedBytes = 0
    /// Whom the answer is for.
    private var connection: ConnectionHandler?

    init(
        store: any EventStore,
        authorization: RequestAuthorization,
        turn: IngestTurn,
        budget: ReceiveBudget,
        reservesAll: Bool,
        eventLoop: any EventLoop
    ) {
        self.store = store
        self.budget = budget
        self.reservesAll = reservesAll
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

    /// Forgets what was noted of the request before, when the next head has come: that one may be refused for itself, and
    /// its answer tells nothing of another's account.
    func forgetLast() {
        rateLimit = nil
        askedStoreAt = nil
        storeTime = nil
    }

    /// Takes a request's head, when the one before was answered and forgotten.
    ///
    /// - Parameter isTimed: Whether it is to be told how long the store took.
    /// - Returns: Whether the client is to be told to send the body.
    func begin(_ fields: RequestFields, of version: HTTPVersion, for route: IngestRoute, isTimed: Bool) -> Bool {
        self.isTimed = isTimed
        do throws(APIError) {
            if fields.authorization != token.field { token = PresentedToken(fields.authorization) }
            let account = try authorization.account(token, needing: .eventsWrite, &rateLimit)
            let preconditions = try IngestPreconditions(fields, of: version, for: route, into: account)
            if preconditions.isCompressed {
                guard let inflater = GzipInflater() else { throw .overloaded }
                inflation = (inflater, 0)
            }
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
        let limit = preconditions.route.bodyBytes
        if inflation != nil { return inflate(bytes, limit) }
        guard (body?.readableBytes ?? 0) + bytes.readableBytes <= limit else {
            return answer(APIError.payloadTooLarge(limitBytes: limit).response)
        }
        guard body != nil else {
            // Nearly every event comes in one piece, which is kept as it is.
            guard !reservesAll || reserve(bytes.readableBytes) else { return answer(APIError.overloaded.response) }
            body = bytes
            return
        }
        // Room for all of it at once, where it is known to be at most what is taken.
        let expectedBytes = max(preconditions.declaredBytes ?? 0, (body?.readableBytes ?? 0) + bytes.readableBytes)
        guard reserve(expectedBytes) else { return answer(APIError.overloaded.response) }
        body?.reserveCapacity(expectedBytes)
        body?.writeImmutableBuffer(bytes)
    }

    /// Inflates a piece of a compressed body. The limit holds for what comes in and for what comes of it, and a body is cut
    /// at it: it is never known how much more there would be.
    private func inflate(_ bytes: ByteBuffer, _ limit: Int) {
        guard var inflation else { return }
        inflation.compressedBytes += bytes.readableBytes
        self.inflation = inflation
        guard inflation.compressedBytes <= limit else {
            return answer(APIError.payloadTooLarge(limitBytes: limit).response)
        }
        if body == nil { body = ByteBuffer() }
        var refusal: APIError?
        let outcome = bytes.withUnsafeReadableBytes { bytes in
            inflation.inflater.inflate(bytes) { inflated in
                let size = (body?.readableBytes ?? 0) + inflated.count
                if size > limit {
                    refusal = .payloadTooLarge(limitBytes: limit)
                } else if !reserve(size) {
                    refusal = .overloaded
                }
                guard refusal == nil else { return false }
                body?.writeBytes(inflated)
                return true
            }
        }
        if let refusal { return answer(refusal.response) }
        if outcome == .malformed { answer(IngestResponse.rejected([IngestExchange.notGzip])) }
    }

    private static let notGzip = InvalidValue(
        field: "base",
        message: "must be one whole gzip stream, as Content-Encoding says"
    )

    /// Takes from the server's budget what the body needs more than it has; one that comes in one piece needs nothing.
    private func reserve(_ bytes: Int) -> Bool {
        guard bytes > reservedBytes else { return true }
        guard budget.take(bytes - reservedBytes) else { return false }
        reservedBytes = bytes
        return true
    }

    /// Lets go of what is held of a body.
    private func dropBody() {
        body = nil
        inflation = nil
        guard reservedBytes > 0 else { return }
        budget.giveBack(reservedBytes)
        reservedBytes = 0
    }

    /// The connection is gone. What was stored stays stored, and the key tells.
    func end() {
        connection = nil
        dropBody()
    }

    /// Takes the end of the request.
    func finish() {
        guard case .collecting(let preconditions) = state else { return }
        if let inflation, !inflation.inflater.isComplete {
            return answer(IngestResponse.rejected([IngestExchange.notGzip]))
        }
        state = .answering
        let body = body.take() ?? ByteBuffer()
        switch preconditions.route {
        case .event, .dryRun:
            finishEvent(body, preconditions)
        case .refused(let fault):
            answer(IngestResponse.rejected([fault]))
        case .batch:
            if isTimed { askedStoreAt = .now() }
            let answer = completion()
            batches.run(body, as: preconditions.format, key: preconditions.key, into: preconditions.account, answer)
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

    // MARK: The answer's way

    /// Takes what makes the answer, from any thread, and makes and writes it on the event loop.
    private typealias Answer = BatchIngest.Answer

    private func completion() -> Answer {
        let eventLoop = eventLoop
        let exchange = NIOLoopBound(self, eventLoop: eventLoop)
        return { response in
            eventLoop.execute { exchange.value.write(response()) }
        }
    }

    /// Answers the request once the call that delivers it is done.
    private func answer(_ response: APIResponse) {
        state = .answering
        askedStoreAt = nil
        dropBody()
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
        // Before it is written, since that lets the next request in.
        state = .idle
        dropBody()
        if let askedStoreAt { storeTime = .now() - askedStoreAt }
        connection?.answer(response)
    }
}
