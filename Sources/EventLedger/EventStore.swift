/// What a reader may ask of a store. Every call is about one account and sees only what is committed and on disk.
///
/// Each call throws ``StoreError/closed`` once the reader is closed, ``StoreError/overloaded`` if ``Limits/queuedReads`` calls
/// are already waiting (try again shortly), ``StoreError/damaged(reason:)`` if a stored value cannot be read, and
/// ``StoreError/writeFailed(reason:)`` if reading the files fails.
public protocol EventReader: Sendable {
    /// The event with an id, or nil where the account has none such.
    func event(_ id: EventID, in account: Account.ID) async throws(StoreError) -> RecordedEvent?

    /// A page of an account's feed in the order in which the events were committed.
    ///
    /// A reader that has seen an event never later finds another one before it.
    ///
    /// - Parameters:
    ///   - cursor: Where to go on; nil starts at the first event. A cursor of another account or store reads as the
    ///     error ``StoreError/unknownCursor``.
    ///   - limit: How many events at most, 1 to ``Limits/pageRows``; a number outside is taken as the nearest inside.
    ///   - filter: Which events to give out. A filtered page looks at no more than ``Limits/rowsScannedPerPage`` rows.
    func events(
        in account: Account.ID,
        after cursor: FeedCursor?,
        limit: Int,
        matching filter: EventFilter
    ) async throws(StoreError) -> EventPage

    /// The contact that a reference names, or nil where the account has none such.
    func contact(_ reference: ContactReference, in account: Account.ID) async throws(StoreError) -> Contact?

    /// An account's contacts in the order of their creation.
    ///
    /// - Parameters:
    ///   - offset: How many contacts to pass over; a number below 0 is taken as 0.
    ///   - limit: How many contacts at most, 1 to ``Limits/contactPageRows``; a number outside is taken as the nearest inside.
    func contacts(in account: Account.ID, offset: Int, limit: Int) async throws(StoreError) -> ContactPage

    /// What the ledger knows of a key, or nil where the account never used it.
    func history(of key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> KeyHistory?

    /// The keys under which an account's events were accepted, in the order of the events: a walk along the ledger beside
    /// the feed, for whoever reads all of both.
    ///
    /// One call looks at no more than ``Limits/rowsScannedPerPage`` entries, those of other accounts included. A whole
    /// walk looks at each entry once, as long as each call goes on where the one before it ended.
    ///
    /// - Parameters:
    ///   - events: The numbers of the events (``RecordedEvent/sequence``) whose keys are wanted.
    ///   - entry: The entry of the ledger after which to go on, ``KeyPage/lastEntry`` of the call before; 0 starts at the
    ///     first one.
    func keys(
        in account: Account.ID,
        of events: ClosedRange<Int64>,
        after entry: Int64
    ) async throws(StoreError) -> KeyPage

    /// The keys that came again with another payload than they were first accepted with, in the order of their acceptance.
    ///
    /// One call looks at no more than ``Limits/rowsScannedPerPage`` entries, those of other accounts included.
    ///
    /// - Parameters:
    ///   - entry: Where to go on, ``KeyMismatchPage/lastEntry`` of the call before; 0 starts at the first one.
    ///   - limit: How many keys at most, 1 to ``Limits/pageRows``.
    func mismatches(in account: Account.ID, after entry: Int64, limit: Int) async throws(StoreError) -> KeyMismatchPage

    /// The account of a name, or nil where there is none.
    func account(named name: String) async throws(StoreError) -> Account?

    /// All accounts, by number, from a number on; at most ``Limits/pageRows`` of them.
    func accounts(after id: Account.ID?) async throws(StoreError) -> [Account]

    /// An account's tokens, good ones and others, by number.
    func tokens(of account: Account.ID) async throws(StoreError) -> [APIToken]

    /// An account's OAuth apps, by number.
    func apps(of account: Account.ID) async throws(StoreError) -> [OAuthApp]

    /// Counts and sizes.
    func status() async throws(StoreError) -> StoreStatus

    /// Reads the whole store and checks that everything in it fits together.
    ///
    /// - Returns: What does not fit, at most ``Limits/faultsPerVerification`` findings; none for a sound store.
    func verify() async throws(StoreError) -> [VerificationFinding]
}

/// An event store with an idempotency ledger.
///
/// What it promises, whatever engine is below it:
///
/// 1. An outcome of `.accepted` or `.replayed` is on stable storage before it is handed out.
/// 2. One key of one account stands for one event and one answer, for ever, or for as long as the account's window or an operator
///    (``StoreChange/expireKeys(olderThanMilliseconds:)``) says.
/// 3. Event data comes out byte for byte as it came in.
/// 4. An account's feed has no holes and no late arrivals.
/// 5. The cost of an ingest does not grow with the number of events.
/// 6. What cannot be done is said at once, by an error, with nothing half done.
public protocol EventStore: EventReader {
    /// Takes one event in, exactly once for each key.
    ///
    /// - Returns: What became of it, once that is on disk.
    /// - Throws: ``StoreError`` where the event could not be stored. Nothing of it is kept, except that after
    ///   ``StoreError/writeFailed(reason:)`` this is not known: reopen the store and send the event again with the same key.
    func ingest(_ event: NewEvent, into account: Account.ID) async throws(StoreError) -> IngestOutcome

    /// Takes many events in, in their order, each with an outcome of its own: one that fails leaves the others alone.
    ///
    /// - Returns: As many results as there are events, in their order.
    func ingest(_ events: [NewEvent], into account: Account.ID) async -> [Result<IngestOutcome, StoreError>]

    /// Takes many events in, in their order, without a task to wait in.
    ///
    /// A long list is spread over several transactions.
    ///
    /// - Parameter completion: Called once, with as many results as there are events, in their order; before this returns where
    ///   there are none or they are refused, and otherwise on a thread of the store's own, which may be the one that writes: a
    ///   completion that takes its time holds up everybody's events.
    func submit(
        _ events: [NewEvent],
        into account: Account.ID,
        completion: @escaping @Sendable ([Result<IngestOutcome, StoreError>]) -> Void
    )

    /// The stored answer of a key for a payload that breaks a rule and so could not have been accepted, or nil where
    /// the key is not known.
    ///
    /// - Returns: `.replayed` with a payload that differs, or `.rejected` in a strict account.
    func replay(of key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> IngestOutcome?

    /// Tells what an event would come to, by taking it in and taking that back. Nothing of it stays: no number is given out,
    /// no key is used, and no repeat is counted.
    ///
    /// - Throws: ``StoreError``, as ``ingest(_:into:)-(NewEvent,_)`` would.
    func dryRun(_ event: NewEvent, into account: Account.ID) async throws(StoreError) -> DryRunOutcome

    /// What ``replay(of:in:)`` would answer, without counting it as a repeat.
    func dryRun(replayOf key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> IngestOutcome?

    /// Changes an account's contacts.
    ///
    /// - Returns: Once the change is on disk; what keeps it from being made is an outcome and no error.
    func perform(_ change: ContactChange, in account: Account.ID) async throws(StoreError) -> ContactChange.Outcome

    /// What a token stands for at this moment, or nil where it is unknown, expired or revoked.
    ///
    /// It is answered from memory, so that it can be asked for every request.
    func authorization(for digest: TokenDigest) -> Authorization?

    /// What an access token stands for whose signature was checked, or nil where its app, the secret by which it was made
    /// or the key that signed it does not count any more. ``authorization(for:)`` knows it from then on, for as long as all
    /// of that does and there is room.
    func admit(_ grant: AccessTokenGrant, for digest: TokenDigest) -> Authorization?

    /// What somebody may do who was found, by other means than a token of the store, to speak for the account of a name; nil
    /// where there is no such account. It is answered from memory.
    func authorization(ofAccountNamed name: String, allowing scopes: ScopeSet) -> Authorization?

    /// The OAuth app with this client id and this secret, or nil where there is none. It is answered from memory.
    func app(clientID: String, secret: TokenDigest) -> OAuthApp?

    /// The keys by which access tokens are checked; the last one signs new ones. They are given from memory.
    var signingKeys: [SigningKey] { get }

    /// Carries out an operator's change.
    ///
    /// - Returns: Once the change is on disk; a refusal is an outcome and no error.
    func perform(_ change: StoreChange) async throws(StoreError) -> StoreChange.Outcome

    /// Nil where the store takes events now; otherwise the error that keeps it from doing so: ``StoreError/diskFull``,
    /// ``StoreError/closed``, or what it stopped for.
    func readiness() -> StoreError?

    /// What the store has done since it was opened, from memory.
    func metrics() -> StoreMetrics

    /// Answers what waits, writes what is due, and gives the store up: none of its files is open any more.
    ///
    /// What has to be written or read is refused from then on, with ``StoreError/closed`` or with what the store had stopped for
    /// before. Where its log was taken away and another process still reads from that, it may take up to a minute.
    func close() async
}
