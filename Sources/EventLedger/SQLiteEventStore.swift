import EventModel
public import Logging

/// The embedded event store: one SQLite file, one process that writes to it.
public final class SQLiteEventStore: EventStore {
    private let writer: Writer
    private let reader: SQLiteEventReader

    /// The path of the database file, resolved.
    public let path: String
    /// The version that the schema had when the store was opened, before pending migrations were applied; 0 for a new
    /// store.
    public let migratedFrom: Int

    private init(writer: Writer, reader: SQLiteEventReader, path: String, migratedFrom: Int) {
        self.writer = writer
        self.reader = reader
        self.path = path
        self.migratedFrom = migratedFrom
    }

    deinit {
        // A store that was not closed still lets its thread end and gives its lock up.
        writer.mailbox.close()
    }

    /// Opens a store for reading and writing, creates it where there is none, and brings its schema up to date.
    ///
    /// What an earlier process left behind is recovered before this returns.
    ///
    /// - Parameters:
    ///   - path: The database file; its folder must exist.
    ///   - logger: Where the store reports failures of the disk. Nothing that it logs holds anybody's data.
    /// - Throws: ``StoreError/inUse(processID:)`` where another process holds the store; otherwise why the file cannot
    ///   be opened or served.
    public static func open(
        at path: String,
        logger: Logger = Logger(label: "event-ledger")
    ) async throws(StoreError) -> SQLiteEventStore {
        let path = try StorePath(path)
        let writer = Writer()
        let opened = try await writer.start(path, logger: logger)
        return SQLiteEventStore(
            writer: writer,
            reader: SQLiteEventReader(path),
            path: path.database,
            migratedFrom: opened.migratedFrom
        )
    }

    // MARK: Taking in

    /// See ``EventStore/submit(_:into:completion:)``.
    public func submit(
        _ event: NewEvent,
        into account: Account.ID,
        completion: @escaping @Sendable (Result<IngestOutcome, StoreError>) -> Void
    ) {
        writer.mailbox.send(SQLiteEventStore.command(event, account, completion))
    }

    /// See ``EventStore/ingest(_:into:)``.
    public func ingest(_ event: NewEvent, into account: Account.ID) async throws(StoreError) -> IngestOutcome {
        let result = await withCheckedContinuation { continuation in
            submit(event, into: account) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// See ``EventStore/ingest(_:into:)``.
    public func ingest(
        _ events: [NewEvent],
        into account: Account.ID
    ) async -> [Result<IngestOutcome, StoreError>] {
        var results: [Result<IngestOutcome, StoreError>] = []
        results.reserveCapacity(events.count)
        // A transaction's worth at a time, so that a long list never fills the queue by itself.
        for start in stride(from: 0, to: events.count, by: Limits.commandsPerTransaction) {
            let chunk = events[start..<min(start + Limits.commandsPerTransaction, events.count)]
            results += await withCheckedContinuation { continuation in
                submit(Array(chunk), into: account) { continuation.resume(returning: $0) }
            }
        }
        return results
    }

    /// See ``EventStore/submit(_:into:completion:)``.
    public func submit(
        _ events: [NewEvent],
        into account: Account.ID,
        completion: @escaping @Sendable ([Result<IngestOutcome, StoreError>]) -> Void
    ) {
        guard !events.isEmpty else { return completion([]) }
        let collector = OutcomeCollector(count: events.count, completion: completion)
        writer.mailbox.send(
            events.enumerated().map { index, event in
                SQLiteEventStore.command(event, account) { collector.set($0, at: index) }
            }
        )
    }

    /// See ``EventStore/replay(of:in:)``.
    public func replay(of key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> IngestOutcome? {
        let result = await withCheckedContinuation { continuation in
            writer.mailbox.send(.replay(key, account: account) { continuation.resume(returning: $0) })
        }
        return try result.get()
    }

    private static func command(
        _ event: NewEvent,
        _ account: Account.ID,
        _ completion: @escaping @Sendable (Result<IngestOutcome, StoreError>) -> Void
    ) -> WriterCommand {
        // Here and not on the writer's thread: fingerprints of many callers are computed side by side.
        let fingerprint = event.idempotencyKey == nil ? nil : PayloadFingerprint(of: event)
        return .ingest(event, fingerprint: fingerprint, account: account, completion: completion)
    }

    // MARK: Looking after

    /// See ``EventStore/authorization(for:)``.
    public func authorization(for digest: TokenDigest) -> Authorization? {
        writer.tokenIndex.authorization(for: digest, at: .now())
    }

    /// See ``EventStore/perform(_:)``.
    public func perform(_ change: StoreChange) async throws(StoreError) -> StoreChange.Outcome {
        let result = await withCheckedContinuation { continuation in
            writer.mailbox.send(.change(change) { continuation.resume(returning: $0) })
        }
        return try result.get()
    }

    /// See ``EventStore/readiness()``.
    public func readiness() -> StoreError? {
        writer.mailbox.refusal
    }

    /// See ``EventStore/close()``.
    public func close() async {
        await writer.finish()
        await reader.close()
    }

    /// Has the counts of repeats written, so that a reader sees them.
    private func settle() async throws(StoreError) {
        let result = await withCheckedContinuation { continuation in
            writer.mailbox.send(.settle { continuation.resume(returning: $0) })
        }
        try result.get()
    }
}

// MARK: Reading

extension SQLiteEventStore {
    /// See ``EventReader/event(_:in:)``.
    public func event(_ id: EventID, in account: Account.ID) async throws(StoreError) -> RecordedEvent? {
        try await reader.event(id, in: account)
    }

    /// See ``EventReader/events(in:after:limit:matching:)``.
    public func events(
        in account: Account.ID,
        after cursor: FeedCursor? = nil,
        limit: Int = Limits.defaultPageRows,
        matching filter: EventFilter = EventFilter()
    ) async throws(StoreError) -> EventPage {
        try await reader.events(in: account, after: cursor, limit: limit, matching: filter)
    }

    /// See ``EventReader/contact(_:in:)``.
    public func contact(_ reference: ContactReference, in account: Account.ID) async throws(StoreError) -> Contact? {
        try await reader.contact(reference, in: account)
    }

    /// See ``EventReader/contacts(in:offset:limit:)``.
    public func contacts(in account: Account.ID, offset: Int, limit: Int) async throws(StoreError) -> ContactPage {
        try await reader.contacts(in: account, offset: offset, limit: limit)
    }

    /// See ``EventReader/history(of:in:)``; the counts include every repeat that was answered before the call.
    public func history(of key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> KeyHistory? {
        try await settle()
        return try await reader.history(of: key, in: account)
    }

    /// See ``EventReader/keys(in:of:after:)``.
    public func keys(
        in account: Account.ID,
        of events: ClosedRange<Int64>,
        after entry: Int64
    ) async throws(StoreError) -> KeyPage {
        try await reader.keys(in: account, of: events, after: entry)
    }

    /// See ``EventReader/account(named:)``.
    public func account(named name: String) async throws(StoreError) -> Account? {
        try await reader.account(named: name)
    }

    /// See ``EventReader/accounts(after:)``.
    public func accounts(after id: Account.ID?) async throws(StoreError) -> [Account] {
        try await reader.accounts(after: id)
    }

    /// See ``EventReader/tokens(of:)``.
    public func tokens(of account: Account.ID) async throws(StoreError) -> [APIToken] {
        try await reader.tokens(of: account)
    }

    /// See ``EventReader/status()``; the counts include every repeat that was answered before the call.
    public func status() async throws(StoreError) -> StoreStatus {
        try await settle()
        return try await reader.status()
    }

    /// See ``EventReader/verify()``.
    public func verify() async throws(StoreError) -> [VerificationFinding] {
        try await reader.verify()
    }
}
