import EventLedger
import Synchronization

/// A store in memory that tests can hold back and let fail: what the adapter is tested against where the promises of a
/// real one do not matter.
final class FakeStore: EventStore {
    typealias Completion = @Sendable (Result<IngestOutcome, StoreError>) -> Void

    private struct Entry {
        var response: StoredResponse
        var event: NewEvent
    }

    private struct State {
        var authorizations: [TokenDigest: Authorization] = [:]
        var ledger: [IdempotencyKey: Entry] = [:]
        var submissions: [NewEvent] = []
        var authorizationQuestions = 0
        var failure: StoreError?
        var isHolding = false
        var held: [() -> Void] = []
        var waiters: [(count: Int, resume: () -> Void)] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    static let account = Account.ID(rawValue: 1)

    // MARK: What tests do with it

    /// Makes a token good and returns its secret.
    func grant(_ scopes: Scope...) -> String {
        let secret = TokenSecret.random()
        state.withLock {
            $0.authorizations[secret.digest] = Authorization(account: FakeStore.account, scopes: ScopeSet(scopes))
        }
        return secret.text
    }

    /// Revokes every token.
    func revokeAll() { state.withLock { $0.authorizations = [:] } }

    /// What every event and every read fails with from now on; nil for no failure.
    func fail(with error: StoreError?) { state.withLock { $0.failure = error } }

    /// Keeps all answers back from now on.
    func hold() { state.withLock { $0.isHolding = true } }

    /// Gives all answers that were kept back, and keeps back no more.
    func release() {
        let held = state.withLock { state in
            state.isHolding = false
            defer { state.held = [] }
            return state.held.map { SendableClosure(run: $0) }
        }
        for closure in held { closure.run() }
    }

    /// Waits until as many events were submitted.
    func waitForSubmissions(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.submissions.count >= count { return true }
                state.waiters.append((count, { continuation.resume() }))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    var submissions: [NewEvent] { state.withLock(\.submissions) }
    var events: Int { state.withLock { $0.ledger.count } }
    var authorizationQuestions: Int { state.withLock(\.authorizationQuestions) }
    var isClosed: Bool { state.withLock(\.isClosed) }

    private struct SendableClosure: @unchecked Sendable {
        // The closures come from `submit`, where all that they capture is Sendable.
        let run: () -> Void
    }

    // MARK: EventStore

    func submit(_ event: NewEvent, into account: Account.ID, completion: @escaping Completion) {
        let ready: [SendableClosure] = state.withLock { state in
            state.submissions.append(event)
            let result = FakeStore.result(of: event, &state)
            var ready = state.waiters.filter { $0.count <= state.submissions.count }.map {
                SendableClosure(run: $0.resume)
            }
            state.waiters.removeAll { $0.count <= state.submissions.count }
            if state.isHolding {
                state.held.append { completion(result) }
            } else {
                ready.append(SendableClosure { completion(result) })
            }
            return ready
        }
        for closure in ready { closure.run() }
    }

    private static func result(of event: NewEvent, _ state: inout State) -> Result<IngestOutcome, StoreError> {
        if let failure = state.failure { return .failure(failure) }
        let response = StoredResponse(
            eventID: EventID("\(String(repeating: "0", count: 24 - 6))\(100_000 + state.submissions.count)")!
        )
        guard let key = event.idempotencyKey else { return .success(.accepted(response)) }
        if let entry = state.ledger[key] {
            return .success(.replayed(entry.response, payloadDiffers: entry.event != event))
        }
        state.ledger[key] = Entry(response: response, event: event)
        return .success(.accepted(response))
    }

    func ingest(_ event: NewEvent, into account: Account.ID) async throws(StoreError) -> IngestOutcome {
        try await withCheckedContinuation { continuation in
            submit(event, into: account) { continuation.resume(returning: $0) }
        }.get()
    }

    func ingest(_ events: [NewEvent], into account: Account.ID) async -> [Result<IngestOutcome, StoreError>] { [] }

    func replay(of key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> IngestOutcome? {
        let (entry, failure) = state.withLock { ($0.ledger[key], $0.failure) }
        if let failure { throw failure }
        return entry.map { .replayed($0.response, payloadDiffers: true) }
    }

    func authorization(for digest: TokenDigest) -> Authorization? {
        state.withLock { state in
            state.authorizationQuestions += 1
            return state.authorizations[digest]
        }
    }

    func perform(_ change: StoreChange) async throws(StoreError) -> StoreChange.Outcome {
        if let failure = state.withLock(\.failure) { throw failure }
        return .refused(.unknownAccount)
    }

    func readiness() -> StoreError? { state.withLock(\.failure) }

    func close() async { state.withLock { $0.isClosed = true } }
}

// MARK: EventReader

extension FakeStore {
    private func check() throws(StoreError) {
        if let failure = state.withLock(\.failure) { throw failure }
    }

    func event(_ id: EventID, in account: Account.ID) async throws(StoreError) -> RecordedEvent? {
        try check()
        return nil
    }

    func events(
        in account: Account.ID,
        after cursor: FeedCursor?,
        limit: Int,
        matching filter: EventFilter
    ) async throws(StoreError) -> EventPage {
        try check()
        return EventPage(events: [], nextCursor: nil, hasMore: false)
    }

    func contact(_ reference: ContactReference, in account: Account.ID) async throws(StoreError) -> Contact? {
        try check()
        return nil
    }

    func contacts(in account: Account.ID, offset: Int, limit: Int) async throws(StoreError) -> ContactPage {
        try check()
        return ContactPage(contacts: [], totalCount: 0)
    }

    func history(of key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> KeyHistory? { nil }
    func account(named name: String) async throws(StoreError) -> Account? { nil }
    func accounts(after id: Account.ID?) async throws(StoreError) -> [Account] { [] }
    func tokens(of account: Account.ID) async throws(StoreError) -> [APIToken] { [] }
    func verify() async throws(StoreError) -> [VerificationFinding] { [] }

    func status() async throws(StoreError) -> StoreStatus {
        throw .unexpected(reason: "the fake store counts nothing")
    }
}
