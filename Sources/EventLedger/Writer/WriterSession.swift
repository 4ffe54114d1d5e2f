import EventModel
import SQLite

/// A store that is open for writing: the one connection that writes, and what is kept in memory beside it. It belongs
/// to the writer's thread.
struct WriterSession: ~Copyable {
    private let store: OpenedStore
    let identifiers: IdentifierCodec
    let hashers: StoreHashers
    let accounts: AccountRepository
    let contacts: ContactRepository
    let events: EventRepository
    let tokens: TokenRepository
    let replays: ReplayRepository
    let mismatches: MismatchRepository
    let access: AccessRepositories
    var ledger: IdempotencyLedger
    let tokenIndex: TokenIndex

    /// What is known about accounts, with what the open transaction changed; see `WriterSession+Accounts.swift`.
    var accountStates: [Account.ID: AccountRepository.Numbering] = [:]
    var changedAccounts: Set<Account.ID> = []
    /// The account that the last command was about, which the next one is nearly always about as well.
    var current: CurrentAccount?
    /// When keys that have expired by an account's setting are next looked for; nil while no account has or had one.
    var keyExpiry: Interval?

    var contactCache = ContactCache(capacity: Limits.contactsInMemory)
    /// Whether the cache may hold contacts, or addresses of contacts, that are not committed yet.
    var hasNewContacts = false

    /// The replays that the open transaction answered; they count once it is committed.
    var newReplays: [(entry: Int64, payloadDiffers: Bool)] = []
    /// The payloads that came with the key of another one in the open transaction.
    var newMismatches: [MismatchNotes.Note] = []
    /// How many events the open transaction accepted.
    var newEvents = 0
    /// What the open transaction changed about tokens and what they stand for; requests see it once it is committed.
    var tokenChanges: [TokenIndex.Change] = []
    /// What looking ahead has read, see `WriterSession+LookAhead.swift`.
    var touched: UInt64 = 0
    /// The time, read once per transaction.
    var now = Timestamp.now()
    /// Gives the time; tests have their own clock.
    var clock: () -> Timestamp = Timestamp.now

    /// Whether the last transaction that succeeded wrote anything.
    private(set) var didWrite = false

    /// Whether the open transaction has something to sync.
    private var hasChanges: Bool { !changedAccounts.isEmpty || current?.isChanged == true }

    /// What is only in memory until a transaction writes it.
    var pending: PendingNotes
    /// Whether the next transaction that writes gives the write-ahead log its number; see `WriterSession+Upkeep.swift`.
    var hasToNumberLog = false
    /// How often the log had started again at the last commit. A start with a transaction that failed shows at the next
    /// commit.
    var logBeginnings: UInt64 = 0
    /// How many rows had been changed when the open transaction began.
    var changesAtBeginning: Int32 = 0
    /// When the write-ahead log is copied into the database.
    var checkpoints = CheckpointPlan()
    /// The readers of this process, if there are any.
    var readers: ReadPool?
    let meter: WriterMeter

    var connection: Connection {
        _read { yield store.connection }
    }
    /// The files that SQLite has opened.
    var files: StoreFiles? { store.files }

    /// - Parameter noteRepair: Called with what had to be repaired in the store to open it.
    static func open(
        _ store: consuming OpenedStore,
        tokenIndex: TokenIndex,
        _ parameters: LedgerParameters,
        meter: WriterMeter = WriterMeter(),
        noteRepair: @escaping (String) -> Void
    ) throws(SQLiteError) -> WriterSession {
        let opening = try LedgerOpening(store.connection, store.hashers.keys, parameters, noteRepair: noteRepair)
        let ledger = try opening.open(store.connection)
        try store.connection.prepare(SQL.capKeysLiveSince).run { $0.set(1, ledger.afterLast.millisecondsSinceEpoch) }
        return try WriterSession(store, ledger, tokenIndex: tokenIndex, meter)
    }

    private init(
        _ store: consuming OpenedStore,
        _ ledger: consuming IdempotencyLedger,
        tokenIndex: TokenIndex,
        _ meter: WriterMeter
    ) throws(SQLiteError) {
        // Into locals first: a noncopyable value cannot be destroyed while partly initialized.
        let accounts = try AccountRepository(store.connection)
        let contacts = try ContactRepository(store.connection)
        let events = try EventRepository(store.connection)
        let tokens = try TokenRepository(store.connection)
        let replays = try ReplayRepository(store.connection)
        let mismatches = try MismatchRepository(store.connection)
        let access = try AccessRepositories(store.connection)
        let now = Timestamp.now()
        let keyExpiry = try accounts.hasKeyRetention() ? WriterSession.keyExpiry(dueAt: now) : nil
        tokenIndex.replaceAll(
            with: TokenIndex.Content(
                accounts: try accounts.names(),
                tokens: try tokens.unrevokedTokens(),
                limits: try access.rateCounts.limitedAccounts(),
                apps: try access.apps.allApps(),
                signingKeys: try access.signingKeys.keys()
            )
        )
        self.accounts = accounts
        self.contacts = contacts
        self.events = events
        self.tokens = tokens
        self.replays = replays
        self.mismatches = mismatches
        self.access = access
        self.pending = PendingNotes(openedAt: now)
        self.meter = meter
        meter.note(ledger.footprint)
        self.ledger = ledger
        self.keyExpiry = keyExpiry
        self.identifiers = store.identifiers
        self.hashers = store.hashers
        self.tokenIndex = tokenIndex
        store.connection.gatherWrites()
        self.store = store
    }

    /// Runs commands in one transaction, all or none of them, and syncs it.
    ///
    /// - Parameters:
    ///   - commands: What to begin with; the commands that come in meanwhile are appended.
    ///   - more: Returns the commands that have come in. The transaction goes on until there are none, so that callers
    ///     who come one after the other share one sync.
    /// - Returns: An outcome for each command; every one of them is on stable storage.
    mutating func run(
        _ commands: inout [WriterCommand],
        more: () -> [WriterCommand] = { [] }
    ) throws(Failure) -> [WriterCommand.Outcome] {
        now = clock()
        let stopwatch = Stopwatch()
        var isComplete = false
        defer { if !isComplete { rollBack() } }

        let transaction: Transaction
        do {
            transaction = try begin()
        } catch {
            throw .transaction(error)
        }
        var outcomes: [WriterCommand.Outcome] = []
        outcomes.reserveCapacity(commands.count)
        var needs: WriterCommand.Needs = []
        while outcomes.count < commands.count {
            for index in outcomes.count..<commands.count {
                lookAhead(from: index, commands, \.event)
                do {
                    outcomes.append(try execute(commands[index]))
                } catch {
                    throw .command(error)
                }
                needs.formUnion(commands[index].needs)
            }
            commands.append(contentsOf: more())
        }
        var commit: WriterMeter.Commit?
        if needs.contains(.rollback), !needs.contains(.commit) {
            transaction.rollBack()
            didWrite = false
        } else {
            let amount: PendingNotes.Amount =
                needs.contains(.allNotes) ? .everything : hasChanges ? .besideCommands : .onlyWhatIsDue
            commit = try writeDown(amount, transaction)
        }
        isComplete = true
        note(stopwatch, commit)
        keepChanges()
        return outcomes
    }

    /// Writes what goes along with a transaction's commands, and commits it.
    private mutating func writeDown(
        _ amount: PendingNotes.Amount,
        _ transaction: consuming Transaction
    ) throws(Failure) -> WriterMeter.Commit {
        pending.collectRateCountsIfDue(from: tokenIndex, at: now)
        let portion = pending.take(amount)
        let stopwatch: Stopwatch
        let uncompared: [MismatchNotes.Note]
        let earlierSyncs = connection.logSyncSeconds
        let earlierEnds = connection.logEnds
        do {
            uncompared = try write(portion)
            try flushNumbering()
            try expireKeysIfDue()
            try ledger.workOff()
            stopwatch = Stopwatch()
            try commit(transaction)
        } catch {
            pending.putBack(portion)
            throw failure(error, since: earlierEnds)
        }
        pending.putBack(uncompared)
        didWrite = hasChanges || portion.hasCounts
        return WriterMeter.Commit(
            seconds: stopwatch.seconds,
            syncSeconds: connection.logSyncSeconds - earlierSyncs
        )
    }

    /// Writes what was only in memory, in the open transaction.
    ///
    /// - Returns: The payloads that were not compared, because that would have taken too long.
    func write(_ portion: PendingNotes.Portion) throws(SQLiteError) -> [MismatchNotes.Note] {
        try replays.add(portion.replays)
        for row in portion.rateCounts { try access.rateCounts.replace(row.counts, of: row.account) }
        return try compare(portion.mismatches, budgetBytes: portion.mismatchBytes)
    }
}
