import EventLedger
import EventModel
import Foundation
import Synchronization

/// A store in memory that a test controls: it can hold its answers back, fail, and count the calls.
final class FakeEventStore: EventStore {
    /// What a test may read and set.
    struct State {
        var tokens: [TokenDigest: Authorization] = [:]
        var events: [RecordedEvent] = []
        var contacts: [Contact] = []
        var keys: [IdempotencyKey: StoredResponse] = [:]
        /// The error with which every ingest, replay, read and change fails.
        var failure: StoreError?
        /// The error with which an ingest of a type fails.
        var failures: [String: StoreError] = [:]
        /// The outcome of every ingest, in place of the real one.
        var forcedOutcome: IngestOutcome?
        /// Whether answers to ingests are held back until ``release()``.
        var isHolding = false
        /// Whether reads of the feed are held back until ``releaseReads()``.
        var isHoldingReads = false
        /// How many reads of the feed were asked for.
        var feedReads = 0
        var changes: [StoreChange] = []
        var contactChanges: [ContactChange] = []
        var contactOutcome = ContactChange.Outcome.unknownContact
        var changeOutcome = StoreChange.Outcome.refused(.unknownAccount)
        var authorizationLookups = 0
        var submissions = 0
        var dryRuns = 0
        var replayLookups = 0
        var isClosed = false
        var heldReads: [CheckedContinuation<Void, Never>] = []
        fileprivate var held: [@Sendable () -> Void] = []
        fileprivate var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    static let account = Account.ID(rawValue: 1)
    /// The type of events whose payload differs from the one that their key was first used with.
    static let otherPayload = "other_payload"

    private let state = Mutex(State())
    /// The store's own thread, on which it makes its callbacks.
    private let callbacks = DispatchQueue(label: "fake-store")

    /// Reads or sets the state.
    func with<Value>(_ body: (inout State) -> sending Value) -> sending Value {
        state.withLock { body(&$0) }
    }

    /// Creates a token that allows `scopes`.
    func token(
        _ scopes: Scope...,
        account: Account.ID = FakeEventStore.account,
        limiter: RateLimiter? = nil
    ) -> TokenSecret {
        let secret = TokenSecret.random()
        let authorization = Authorization(account: account, scopes: ScopeSet(scopes), rateLimiter: limiter)
        with { $0.tokens[secret.digest] = authorization }
        return secret
    }

    /// Waits until `count` answers are held back.
    func waitUntilHolding(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.held.count >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// Releases the answers that are held back, and holds back no more.
    func release() {
        let held = state.withLock { state in
            state.isHolding = false
            defer { state.held = [] }
            return state.held
        }
        for answer in held { callbacks.async(execute: answer) }
    }

    // MARK: EventStore

    func submit(
        _ events: [NewEvent],
        into account: Account.ID,
        completion: @escaping @Sendable ([Result<IngestOutcome, StoreError>]) -> Void
    ) {
        let (isHeld, ready, results) = state.withLock { state in
            state.submissions += 1
            let results = events.map { FakeEventStore.result(of: $0, in: account, &state) }
            guard state.isHolding else { return (false, [CheckedContinuation<Void, Never>](), results) }
            state.held.append { completion(results) }
            let count = state.held.count
            let ready = state.waiters.filter { $0.count <= count }.map(\.continuation)
            state.waiters.removeAll { $0.count <= count }
            return (true, ready, results)
        }
        for continuation in ready { continuation.resume() }
        if !isHeld { callbacks.async { completion(results) } }
    }

    private static func result(
        of event: NewEvent,
        in account: Account.ID,
        _ state: inout State
    ) -> Result<IngestOutcome, StoreError> {
        if let failure = state.failure { return .failure(failure) }
        if let failure = state.failures[event.type.name] { return .failure(failure) }
        if let outcome = state.forcedOutcome { return .success(outcome) }
        if let key = event.idempotencyKey, let stored = state.keys[key] {
            return .success(.replayed(stored, payloadDiffers: event.type.name == FakeEventStore.otherPayload))
        }
        guard let contact = contact(for: event.contact, &state) else { return .success(.unknownContact) }
        let sequence = Int64(state.events.count + 1)
        let id = EventID(rawValue: UInt128(sequence))
        state.events.append(
            RecordedEvent(
                id: id,
                sequence: sequence,
                type: event.type,
                contact: contact.id,
                time: event.time ?? EventTime(Timestamp(millisecondsSinceEpoch: 0)),
                receivedAt: Timestamp(millisecondsSinceEpoch: 0),
                data: event.data
            )
        )
        let stored = StoredResponse(eventID: id)
        if let key = event.idempotencyKey { state.keys[key] = stored }
        return .success(.accepted(stored))
    }

    private static func contact(for reference: ContactReference, _ state: inout State) -> Contact? {
        if let known = state.contacts.first(where: { $0.isNamed(by: reference) }) { return known }
        var contact = Contact(
            id: ContactID(rawValue: UInt128(state.contacts.count + 1)),
            email: nil,
            phoneNumber: nil,
            createdAt: Timestamp(millisecondsSinceEpoch: 0),
            updatedAt: Timestamp(millisecondsSinceEpoch: 0)
        )
        switch reference {
        case .email(let email): contact.email = email
        case .phone(let number): contact.phoneNumber = number
        case .id: return nil
        }
        state.contacts.append(contact)
        return contact
    }

    func ingest(_ event: NewEvent, into account: Account.ID) async throws(StoreError) -> IngestOutcome {
        let result = await withCheckedContinuation { continuation in
            submit([event], into: account) { continuation.resume(returning: $0[0]) }
        }
        return try result.get()
    }

    func ingest(_ events: [NewEvent], into account: Account.ID) async -> [Result<IngestOutcome, StoreError>] {
        await withCheckedContinuation { continuation in
            submit(events, into: account) { continuation.resume(returning: $0) }
        }
    }

    func replay(of key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> IngestOutcome? {
        let (failure, stored) = state.withLock { state in
            state.replayLookups += 1
            return (state.failure, state.keys[key])
        }
        if let failure { throw failure }
        return stored.map { .replayed($0, payloadDiffers: true) }
    }

    func dryRun(_ event: NewEvent, into account: Account.ID) async throws(StoreError) -> DryRunOutcome {
        let (failure, isKnown) = state.withLock { state in
            state.dryRuns += 1
            return (state.failure, state.contacts.first { $0.isNamed(by: event.contact) }?.id)
        }
        if let failure { throw failure }
        return .accepted(contact: isKnown.map(DryRunContact.found) ?? .new)
    }

    func dryRun(replayOf key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> IngestOutcome? {
        let (failure, stored) = state.withLock { state in
            state.dryRuns += 1
            return (state.failure, state.keys[key])
        }
        if let failure { throw failure }
        return stored.map { .replayed($0, payloadDiffers: true) }
    }

    func authorization(for digest: TokenDigest) -> Authorization? {
        state.withLock { state in
            state.authorizationLookups += 1
            return state.tokens[digest]
        }
    }

    func authorization(ofAccountNamed name: String, allowing scopes: ScopeSet) -> Authorization? { nil }

    func perform(
        _ change: ContactChange,
        in account: Account.ID
    ) async throws(StoreError) -> ContactChange.Outcome {
        let (failure, outcome) = state.withLock { state in
            if state.failure == nil { state.contactChanges.append(change) }
            return (state.failure, state.contactOutcome)
        }
        if let failure { throw failure }
        return outcome
    }
    func admit(_ grant: AccessTokenGrant, for digest: TokenDigest) -> Authorization? { nil }

    func app(clientID: String, secret: TokenDigest) -> OAuthApp? { nil }

    var signingKeys: [SigningKey] { [] }

    func perform(_ change: StoreChange) async throws(StoreError) -> StoreChange.Outcome {
        let (failure, outcome) = state.withLock { state in
            if state.failure == nil { state.changes.append(change) }
            return (state.failure, state.changeOutcome)
        }
        if let failure { throw failure }
        return outcome
    }

    func readiness() -> StoreError? { state.withLock { $0.failure } }

    func metrics() -> StoreMetrics { StoreMetrics() }

    func close() async { state.withLock { $0.isClosed = true } }
}

extension Contact {
    fileprivate func isNamed(by reference: ContactReference) -> Bool {
        switch reference {
        case .email(let address): email?.folded == address.folded
        case .phone(let number): phoneNumber == number
        case .id(let id): self.id == id
        }
    }
}
