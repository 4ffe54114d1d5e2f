/// What a reader may ask of a store.
///
/// A call that takes an account sees only that account. All calls see only what is committed and on disk, with the
/// exception that ``SQLiteEventReader`` describes.
///
/// Each call throws ``StoreError/closed`` once the reader is closed, ``StoreError/overloaded`` if
/// ``Limits/queuedReads`` calls are already waiting (try again shortly), ``StoreError/damaged(reason:)`` if something
/// that it has to read is missing or is not what it has to be, and ``StoreError/writeFailed(reason:)`` if reading the
/// files fails.
public protocol EventReader: Sendable {
    /// The event with an id, or nil if the account has no such event.
    func event(_ id: EventID, in account: Account.ID) async throws(StoreError) -> RecordedEvent?

    /// A page of an account's feed in the order in which the events were committed.
    ///
    /// A reader that has seen an event never later finds another one before it.
    ///
    /// - Parameters:
    ///   - cursor: Where to go on; nil starts at the first event. A cursor of another account or store throws
    ///     ``StoreError/unknownCursor``.
    ///   - limit: How many events at most, 1 to ``Limits/pageRows``; a number outside this range becomes the nearest
    ///     one inside.
    ///   - filter: Which events to return. A filtered page examines at most ``Limits/rowsScannedPerPage`` rows.
    func events(
        in account: Account.ID,
        after cursor: FeedCursor?,
        limit: Int,
        matching filter: EventFilter
    ) async throws(StoreError) -> EventPage

    /// The contact that a reference names, or nil if the account has no such contact.
    func contact(_ reference: ContactReference, in account: Account.ID) async throws(StoreError) -> Contact?

    /// An account's contacts in the order of their creation.
    ///
    /// - Parameters:
    ///   - offset: How many contacts to skip; a number below 0 counts as 0.
    ///   - limit: How many contacts at most, 1 to ``Limits/contactPageRows``; a number outside this range becomes the
    ///     nearest one inside.
    func contacts(in account: Account.ID, offset: Int, limit: Int) async throws(StoreError) -> ContactPage

    /// What the ledger knows of a key, or nil if the account never used it.
    func history(of key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> KeyHistory?

    /// The keys under which an account's events were accepted, in the order of the events. This walks along the ledger
    /// beside the feed, for callers that read all of both.
    ///
    /// One call examines at most ``Limits/rowsScannedPerPage`` entries, those of other accounts included. A whole walk
    /// examines each entry once, as long as each call goes on where the one before it ended.
    ///
    /// - Parameters:
    ///   - events: The numbers of the events (``RecordedEvent/sequence``) whose keys are wanted.
    ///   - entry: The ledger entry after which to go on, ``KeyPage/lastEntry`` of the call before; 0 starts at the
    ///     first entry.
    func keys(
        in account: Account.ID,
        of events: ClosedRange<Int64>,
        after entry: Int64
    ) async throws(StoreError) -> KeyPage

    /// The keys that came again with a payload other than the one first accepted, in the order of their acceptance.
    ///
    /// One call examines at most ``Limits/rowsScannedPerPage`` entries, those of other accounts included.
    ///
    /// - Parameters:
    ///   - entry: Where to go on, ``KeyMismatchPage/lastEntry`` of the call before; 0 starts at the first entry.
    ///   - limit: How many keys at most, 1 to ``Limits/pageRows``.
    func mismatches(in account: Account.ID, after entry: Int64, limit: Int) async throws(StoreError) -> KeyMismatchPage

    /// The account with this name, or nil if there is none.
    func account(named name: String) async throws(StoreError) -> Account?

    /// All accounts after a number (nil for all from the first), ordered by number; at most ``Limits/pageRows`` of
    /// them.
    func accounts(after id: Account.ID?) async throws(StoreError) -> [Account]

    /// An account's tokens by number, including those that are expired or revoked.
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
/// 2. One key of one account stands for one event and one answer: for ever, or for as long as the account's window or
///    an operator (``StoreChange/expireKeys(olderThanMilliseconds:)``) allows.
/// 3. Event data comes out byte for byte as it came in.
/// 4. An account's feed has no holes and no late arrivals.
/// 5. The cost of an ingest does not grow with the number of events.
/// 6. What cannot be done is refused at once with an error, and nothing is left half done.
public protocol EventStore: EventReader {
    /// Takes one event in, exactly once for each key.
    ///
    /// - Returns: The outcome, once it is on disk.
    /// - Throws: ``StoreError`` if the event could not be stored. Nothing of it is kept, with one exception: after
    ///   ``StoreError/writeFailed(reason:)`` this is not known. Then reopen the store and send the event again with the
    ///   same key.
    func ingest(_ event: NewEvent, into account: Account.ID) async throws(StoreError) -> IngestOutcome

    /// Takes many events in, in their order, each with its own outcome: one that fails does not affect the others.
    ///
    /// - Returns: As many results as there are events, in their order.
    func ingest(_ events: [NewEvent], into account: Account.ID) async -> [Result<IngestOutcome, StoreError>]

    /// Takes many events in, in their order, for callers that have no task to wait in.
    ///
    /// A long list is spread over several transactions.
    ///
    /// - Parameter completion: Called once, with as many results as there are events, in their order. If there are no
    ///   events or they are refused, it is called before this returns. Otherwise it is called on a thread of the store,
    ///   which may be the one that writes: a slow completion delays everybody's events.
    func submit(
        _ events: [NewEvent],
        into account: Account.ID,
        completion: @escaping @Sendable ([Result<IngestOutcome, StoreError>]) -> Void
    )

    /// The stored answer of a key that came with a payload that breaks a rule, and so cannot be the one that was
    /// accepted; nil if the key is not known.
    ///
    /// - Returns: `.replayed` with a payload that differs, or `.rejected` in a strict account.
    func replay(of key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> IngestOutcome?

    /// Reports what ``ingest(_:into:)-(NewEvent,_)`` would do with an event, by taking it in and rolling that back.
    /// Nothing of it stays: no number is given out, no key is used, and no repeat is counted.
    ///
    /// - Throws: ``StoreError``, as ``ingest(_:into:)-(NewEvent,_)`` would.
    func dryRun(_ event: NewEvent, into account: Account.ID) async throws(StoreError) -> DryRunOutcome

    /// What ``replay(of:in:)`` would answer, without counting it as a repeat.
    func dryRun(replayOf key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> IngestOutcome?

    /// Changes an account's contacts.
    ///
    /// - Returns: The outcome, once the change is on disk. What prevents the change is an outcome too, not an error.
    func perform(_ change: ContactChange, in account: Account.ID) async throws(StoreError) -> ContactChange.Outcome

    /// What a token stands for at this moment, or nil if it is unknown, expired or revoked.
    ///
    /// This is answered from memory, so it can be called for every request.
    func authorization(for digest: TokenDigest) -> Authorization?

    /// What an access token whose signature was checked stands for. Nil if the token has expired, or if its app, the
    /// secret by which it was made or the key that signed it no longer counts. Otherwise ``authorization(for:)`` knows
    /// the token from then on, for as long as all of these count and there is room.
    func admit(_ grant: AccessTokenGrant, for digest: TokenDigest) -> Authorization?

    /// What a caller may do that is known, by other means than a token of the store, to speak for the account with this
    /// name; nil if there is no such account. This is answered from memory.
    func authorization(ofAccountNamed name: String, allowing scopes: ScopeSet) -> Authorization?

    /// The OAuth app with this client id and this secret, or nil if there is none. This is answered from memory.
    func app(clientID: String, secret: TokenDigest) -> OAuthApp?

    /// The keys by which access tokens are checked; the last one signs new tokens. They are read from memory.
    var signingKeys: [SigningKey] { get }

    /// Carries out an operator's change.
    ///
    /// - Returns: The outcome, once the change is on disk. A refusal is an outcome too, not an error.
    func perform(_ change: StoreChange) async throws(StoreError) -> StoreChange.Outcome

    /// Nil if the store takes events now; otherwise the error that prevents it: ``StoreError/diskFull``,
    /// ``StoreError/closed``, or the one for which the store stopped.
    func readiness() -> StoreError?

    /// What the store has done since it was opened. All but the sizes of the files comes from memory.
    func metrics() -> StoreMetrics

    /// Answers what is waiting, writes what is due, and closes all of the store's files.
    ///
    /// From then on reads and writes are refused with ``StoreError/closed``, or with the error for which the store had
    /// stopped before. If the store's log was removed and another process still reads from it, closing may take up to a
    /// minute.
    func close() async
}
