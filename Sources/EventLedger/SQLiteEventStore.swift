import Dispatch
import EventModel
public import Logging

/// The embedded event store: one SQLite file, one process that writes to it.
public final class SQLiteEventStore: EventStore {
    let writer: Writer
    let hashers: StoreHashers
    let reader: SQLiteEventReader

    /// The path of the database file, resolved.
    public let path: String
    /// The version that the schema had when the store was opened, before pending migrations were applied; 0 for a new
    /// store.
    public let migratedFrom: Int

    private init(
        writer: Writer,
        hashers: StoreHashers,
        reader: SQLiteEventReader,
        path: String,
        migratedFrom: Int
    ) {
        self.writer = writer
        self.hashers = hashers
        self.reader = reader
        self.path = path
        self.migratedFrom = migratedFrom
    }

    deinit {
        // A store that was not closed still ends its thread and releases its lock.
        writer.mailbox.close()
    }

    /// Opens a store for reading and writing, creates it if there is none, and brings its schema up to date.
    ///
    /// What an earlier process left behind is recovered before this returns. That takes less than a second, unless the
    /// ledger's index has to be made again: then it takes as long as reading the ledger.
    ///
    /// - Parameters:
    ///   - path: The database file; its folder must exist.
    ///   - logger: Where the store reports disk failures. Nothing that it logs contains anybody's data.
    /// - Throws: ``StoreError/inUse(processID:)`` if another process holds the store; ``StoreError/diskFull``;
    ///   ``StoreError/damaged(reason:)``; ``StoreError/newerSchema(found:known:)`` and
    ///   ``StoreError/migrationMismatch(reason:)`` if the store belongs to other software;
    ///   ``StoreError/unavailable(reason:)`` if the file cannot be opened, has a second name or is mounted by itself,
    ///   or if another process goes on reading from it for five seconds.
    public static func open(
        at path: String,
        logger: Logger = Logger(label: "event-ledger")
    ) async throws(StoreError) -> SQLiteEventStore {
        try await open(at: path, logger: logger, LedgerParameters())
    }

    /// Opens a store whose ledger grows by sizes other than the usual ones; for tests.
    static func open(
        at path: String,
        logger: Logger,
        _ parameters: LedgerParameters
    ) async throws(StoreError) -> SQLiteEventStore {
        let path = try StorePath(path)
        let writer = Writer()
        let reader = SQLiteEventReader(path, parameters)
        let opened = try await writer.start(path, parameters, readers: reader.pool, logger: logger)
        return SQLiteEventStore(
            writer: writer,
            hashers: opened.hashers,
            reader: reader,
            path: path.database,
            migratedFrom: opened.migratedFrom
        )
    }

    // MARK: Taking in

    /// See ``EventStore/submit(_:into:completion:)``.
    public func submit(
        _ events: [NewEvent],
        into account: Account.ID,
        completion: @escaping @Sendable ([Result<IngestOutcome, StoreError>]) -> Void
    ) {
        submit(events, from: 0, [], into: account, completion: completion)
    }

    /// Sends a list one transaction's worth at a time, so that a long list never fills the queue by itself.
    ///
    /// - Parameter results: The results of the events before `start`.
    private func submit(
        _ events: [NewEvent],
        from start: Int,
        _ results: [Result<IngestOutcome, StoreError>],
        into account: Account.ID,
        completion: @escaping @Sendable ([Result<IngestOutcome, StoreError>]) -> Void
    ) {
        guard start < events.count else { return completion(results) }
        let end = start + SQLiteEventStore.transactionSize(of: events[start...])
        // Prepared here and not on the writer's thread, so that the fingerprints of many callers are computed in
        // parallel.
        let prepared = events[start..<end].map { PreparedEvent($0, for: account, hashers) }
        let command = WriterCommand.ingestMany(prepared, account: account) { [self] new in
            guard end < events.count else { return completion(results + new) }
            // Not on the thread that answers callers: preparing the next part takes time.
            DispatchQueue.global().async { [self] in
                submit(events, from: end, results + new, into: account, completion: completion)
            }
        }
        writer.mailbox.send(command)
    }

    /// How many of the first events go into one transaction; at least one.
    private static func transactionSize(of events: ArraySlice<NewEvent>) -> Int {
        var count = 0
        var bytes = 0
        for event in events.prefix(Limits.commandsPerTransaction) {
            bytes += event.byteCount
            guard count == 0 || bytes <= Limits.bytesPerTransaction else { break }
            count += 1
        }
        return count
    }

    /// See ``EventStore/ingest(_:into:)``.
    public func ingest(_ event: NewEvent, into account: Account.ID) async throws(StoreError) -> IngestOutcome {
        let prepared = PreparedEvent(event, for: account, hashers)
        let result = await withUnsafeContinuation { continuation in
            writer.mailbox.send(.ingest(prepared, account: account, completion: .resume(continuation)))
        }
        return try result.get()
    }

    /// See ``EventStore/ingest(_:into:)``.
    public func ingest(
        _ events: [NewEvent],
        into account: Account.ID
    ) async -> [Result<IngestOutcome, StoreError>] {
        guard !events.isEmpty else { return [] }
        return await withCheckedContinuation { continuation in
            submit(events, into: account) { continuation.resume(returning: $0) }
        }
    }

    /// See ``EventStore/replay(of:in:)``.
    public func replay(of key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> IngestOutcome? {
        let hash = hashers.keys.hash(key, in: account)
        return try await ask { .replay(key, hash, account: account, isDryRun: false, completion: $0) }
    }

    /// See ``EventStore/perform(_:in:)``.
    public func perform(
        _ change: ContactChange,
        in account: Account.ID
    ) async throws(StoreError) -> ContactChange.Outcome {
        try await ask { .contact(change, account: account, completion: $0) }
    }

    // MARK: Looking after

    /// See ``EventStore/authorization(for:)``.
    public func authorization(for digest: TokenDigest) -> Authorization? {
        writer.tokenIndex.authorization(for: digest, at: .now())
    }

    /// See ``EventStore/admit(_:for:)``.
    public func admit(_ grant: AccessTokenGrant, for digest: TokenDigest) -> Authorization? {
        writer.tokenIndex.admit(grant, digest, at: .now())
    }

    /// See ``EventStore/authorization(ofAccountNamed:allowing:)``.
    public func authorization(ofAccountNamed name: String, allowing scopes: ScopeSet) -> Authorization? {
        writer.tokenIndex.authorization(ofAccountNamed: name, allowing: scopes)
    }

    /// See ``EventStore/app(clientID:secret:)``.
    public func app(clientID: String, secret: TokenDigest) -> OAuthApp? {
        writer.tokenIndex.app(clientID: clientID, secret: secret)
    }

    /// See ``EventStore/signingKeys``.
    public var signingKeys: [SigningKey] { writer.tokenIndex.signingKeys }

    /// See ``EventStore/perform(_:)``.
    public func perform(_ change: StoreChange) async throws(StoreError) -> StoreChange.Outcome {
        try await ask { .change(change, completion: $0) }
    }

    /// See ``EventStore/readiness()``.
    public func readiness() -> StoreError? {
        writer.mailbox.refusal ?? (writer.mailbox.isDiskFull ? .diskFull : nil)
    }

    /// See ``EventStore/metrics()``.
    public func metrics() -> StoreMetrics {
        var metrics = writer.meter.metrics
        (metrics.queuedCommands, metrics.queuedBytes) = writer.mailbox.load
        metrics.databaseBytes = StorePath.size(of: path)
        metrics.writeAheadLogBytes = StorePath.size(of: StorePath.writeAheadLog(of: path))
        return metrics
    }

    /// See ``EventStore/close()``.
    public func close() async {
        await writer.finish()
        await reader.close()
    }

    /// Makes the writer write the counts of repeats, so that a reader sees them.
    func settle() async throws(StoreError) {
        try await ask { .settle(completion: $0) }
    }

    /// Gives the writer a command, and waits for its result.
    func ask<Value: Sendable>(
        _ command: (@escaping WriterCommand.Completion<Value>) -> WriterCommand
    ) async throws(StoreError) -> Value {
        let result = await withCheckedContinuation { continuation in
            writer.mailbox.send(command { continuation.resume(returning: $0) })
        }
        return try result.get()
    }
}
