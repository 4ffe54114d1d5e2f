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
    let mismatches: MismatchRepository
    let access: AccessRepositories
    var ledger: IdempotencyLedger
    let tokenIndex: TokenIndex

    /// What is known of accounts, with what the open transaction changed; see `WriterSession+Accounts.swift`.
    var accountStates: [Account.ID: AccountRepository.Numbering] = [:]
    var changedAccounts: Set<Account.ID> = []
    /// The account that the last command was about, which the next one is nearly always about as well.
    var current: CurrentAccount?
    /// When it is next looked for keys that have expired by an account's setting; nil where no account has one.
    var nextExpiry: Timestamp?

    var contactCache = ContactCache(capacity: Limits.contactsInMemory)
    /// Whether the open transaction put contacts into the cache that are not committed yet.
    var hasNewContacts = false

    /// The repeats that the open transaction answered; they count once it is committed.
    var newReplays: [(entry: Int64, payloadDiffers: Bool)] = []
    /// The payloads that came with the key of another one in the open transaction.
    var newMismatches: [MismatchNotes.Note] = []
    /// How many events the open transaction accepted.
    var newEvents = 0
    /// What the open transaction changed about tokens and what they stand for; requests see it once it is committed.
    var tokenChanges: [TokenIndex.Change] = []
    /// One clock reading a transaction.
    var now = Timestamp.now()
    /// What tells the time; tests have a clock of their own.
    var clock: () -> Timestamp = Timestamp.now

    /// Whether the last transaction that got through wrote anything.
    private(set) var didWrite = false

    /// Whether the open transaction has something to sync.
    private var hasChanges: Bool { !changedAccounts.isEmpty || current?.isChanged == true }

    private var tally = ReplayTally()
    /// From how many pages in the write-ahead log it is checkpointed.
    var checkpointPages = Limits.checkpointPages {
        didSet { nextCheckpointPages = checkpointPages }
    }
    private var mismatchNotes = MismatchNotes()
    private var rateTally: RateCountTally
    private let meter: WriterMeter
    /// How long the commit of the last transaction took.
    private var lastCommitSeconds = 0.0
    private var nextCheckpointPages = Limits.checkpointPages

    var connection: Connection {
        _read { yield store.connection }
    }

    /// - Parameter noteRepair: Told what had to be repaired in the store to open it.
    static func open(
        _ store: consuming OpenedStore,
        tokenIndex: TokenIndex,
        _ parameters: LedgerParameters,
        meter: WriterMeter = WriterMeter(),
        noteRepair: @escaping (String) -> Void
    ) throws(SQLiteError) -> WriterSession {
        let opening = try LedgerOpening(store.connection, store.hashers.keys, parameters, noteRepair: noteRepair)
        let ledger = try opening.open(store.connection)
        return try WriterSession(store, ledger, tokenIndex: tokenIndex, meter)
    }

    private init(
        _ store: consuming OpenedStore,
        _ ledger: consuming IdempotencyLedger,
        tokenIndex: TokenIndex,
        _ meter: WriterMeter
    ) throws(SQLiteError) {
        // Into locals first: a noncopyable value cannot be taken apart half made.
        let accounts = try AccountRepository(store.connection)
        let contacts = try ContactRepository(store.connection)
        let events = try EventRepository(store.connection)
        let tokens = try TokenRepository(store.connection)
        let mismatches = try MismatchRepository(store.connection)
        let access = try AccessRepositories(store.connection)
        let now = Timestamp.now()
        let nextExpiry = try accounts.hasKeyRetention() ? now : nil
        tokenIndex.replaceAll(
            with: TokenIndex.Content(
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
        self.mismatches = mismatches
        self.access = access
        self.rateTally = RateCountTally(openedAt: now)
        self.meter = meter
        meter.note(ledger.footprint)
        self.ledger = ledger
        self.nextExpiry = nextExpiry
        self.identifiers = store.identifiers
        self.hashers = store.hashers
        self.tokenIndex = tokenIndex
        self.store = store
    }

    /// Why a transaction came to nothing.
    enum Failure: Error {
        /// A command failed in a way that may be its own fault.
        case command(SQLiteError)
        /// The transaction as a whole failed.
        case transaction(SQLiteError)

        var error: SQLiteError {
            switch self {
            case .command(let error), .transaction(let error): error
            }
        }

        var mayBeOneCommand: Bool { if case .command = self { true } else { false } }
    }

    /// Runs commands in one transaction, all or none of them, and syncs it.
    ///
    /// - Parameters:
    ///   - commands: What to begin with; the commands that came in meanwhile are appended.
    ///   - more: Gives the commands that have come in. The transaction goes on until there are none, so that callers
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

        let transaction = try inTransaction { () throws(SQLiteError) in try connection.beginImmediate() }
        var outcomes: [WriterCommand.Outcome] = []
        outcomes.reserveCapacity(commands.count)
        var settles = false
        while outcomes.count < commands.count {
            for index in outcomes.count..<commands.count {
                do {
                    outcomes.append(try execute(commands[index]))
                } catch {
                    throw .command(error)
                }
                settles = settles || commands[index].settles
            }
            commands.append(contentsOf: more())
        }
        if commands.contains(where: \.isDryRun), !commands.contains(where: \.mayWrite) {
            // Pages that were taken back would be written and synced all the same.
            transaction.rollBack()
            didWrite = false
        } else {
            try writeDown(settles ? .everything : hasChanges ? .aLittle : .nothing, transaction)
        }
        isComplete = true
        note(stopwatch)
        commit()
        return outcomes
    }

    /// How much of what is only in memory a transaction writes down beside its commands.
    private enum Riding {
        /// What rides along never makes a transaction that is synced for it alone.
        case nothing
        case aLittle
        case everything

        var counts: Int { self == .nothing ? 0 : self == .aLittle ? Limits.talliesPerTransaction : .max }
        var mismatchBytes: Int { self == .nothing ? 0 : self == .aLittle ? Limits.mismatchBytesPerTransaction : .max }
    }

    /// Writes what goes along with a transaction's commands, and commits it.
    private mutating func writeDown(_ riding: Riding, _ transaction: consuming Transaction) throws(Failure) {
        let counts = tally.take(riding.counts)
        let notes = mismatchNotes.take(bytes: riding.mismatchBytes)
        // Unlike what rides along, the counts of limited accounts may make a transaction of their own once in an interval.
        rateTally.collectIfDue(from: tokenIndex, at: now)
        let rateCounts = rateTally.take()
        do {
            try ledger.record(counts)
            try compare(notes)
            try record(rateCounts)
            try flushNumbering()
            try expireKeysIfDue()
            try ledger.workOff()
            let stopwatch = Stopwatch()
            try transaction.commit()
            lastCommitSeconds = stopwatch.seconds
        } catch {
            tally.putBack(counts)
            mismatchNotes.putBack(notes)
            rateTally.putBack(rateCounts)
            throw .transaction(error)
        }
        didWrite = hasChanges || !counts.isEmpty || !rateCounts.isEmpty
    }

    private func record(_ rateCounts: [RateCountTally.Row]) throws(SQLiteError) {
        for row in rateCounts { try access.rateCounts.replace(row.counts, of: row.account) }
    }

    /// Whether there is something to be written when nobody waits.
    var hasBackgroundWork: Bool { hasCounts || ledger.hasWork }

    /// Whether there are counts of repeats, payloads to be compared, or counts of limited accounts that are due, that are
    /// only in memory.
    var hasCounts: Bool { !tally.isEmpty || !mismatchNotes.isEmpty || !rateTally.isEmpty }

    /// Whether counts come about that are to be written from time to time even if nothing else is.
    var countsRequests: Bool { tokenIndex.hasRateLimits }

    /// Takes all counts of limited accounts for due, when the store is closed.
    mutating func collectRateCounts() {
        rateTally.collect(from: tokenIndex)
    }

    /// Writes a slice of what is due when nobody waits.
    mutating func workInBackground(onLedger: Bool = true) throws(SQLiteError) {
        rateTally.collectIfDue(from: tokenIndex, at: .now())
        guard hasCounts || (onLedger && ledger.hasWork) else { return }
        let counts = tally.take(Limits.talliesPerTransaction)
        let notes = mismatchNotes.take(bytes: Limits.mismatchBytesPerIdleTransaction)
        let rateCounts = rateTally.take()
        var isComplete = false
        defer { if !isComplete { rollBack() } }
        do {
            let transaction = try connection.beginImmediate()
            try ledger.record(counts)
            try compare(notes)
            try record(rateCounts)
            if onLedger { try ledger.work(steps: Limits.ledgerStepsPerIdleTransaction) }
            try transaction.commit()
        } catch {
            tally.putBack(counts)
            mismatchNotes.putBack(notes)
            rateTally.putBack(rateCounts)
            throw error
        }
        isComplete = true
        ledger.commit()
        meter.note(ledger.footprint)
    }

    /// Writes something, to see whether there is room on the disk again.
    func probeRoom() throws(SQLiteError) {
        let transaction = try connection.beginImmediate()
        try connection.prepare(SQL.probeRoom).run()
        try transaction.commit()
    }

    /// Copies the write-ahead log into the database file, if it has grown long enough.
    ///
    /// Readers may hold a part of it up; then it is tried again after as many pages more.
    mutating func checkpointIfDue() throws(SQLiteError) {
        guard connection.logPages >= nextCheckpointPages else {
            // After a complete checkpoint the log starts again at its beginning.
            if connection.logPages < checkpointPages { nextCheckpointPages = checkpointPages }
            return
        }
        let stopwatch = Stopwatch()
        let result = try connection.checkpoint(.passive)
        meter.noteCheckpoint(seconds: stopwatch.seconds)
        nextCheckpointPages =
            result.isComplete ? checkpointPages : connection.logPages + checkpointPages
    }

    private func inTransaction<Result: ~Copyable>(
        _ body: () throws(SQLiteError) -> Result
    ) throws(Failure) -> Result {
        do {
            return try body()
        } catch {
            throw .transaction(error)
        }
    }

    private func note(_ stopwatch: Stopwatch) {
        meter.note(
            WriterMeter.Transaction(
                acceptedEvents: newEvents,
                replays: newReplays.count,
                mismatches: newReplays.count { $0.payloadDiffers },
                seconds: stopwatch.seconds,
                commitSeconds: lastCommitSeconds,
                ledger: ledger.footprint
            )
        )
    }

    /// What the transaction did in memory stands.
    private mutating func commit() {
        ledger.commit()
        for replay in newReplays {
            tally.note(entry: replay.entry, payloadDiffers: replay.payloadDiffers, at: now)
        }
        for note in newMismatches { mismatchNotes.add(note) }
        if !tokenChanges.isEmpty { tokenIndex.apply(tokenChanges) }
        clear()
    }

    /// What the transaction did in memory is forgotten; what is known of accounts is read again when it is needed.
    private mutating func rollBack() {
        meter.noteFailedTransaction()
        ledger.rollBack()
        current = nil
        accountStates.removeAll()
        if hasNewContacts { contactCache.removeAll() }
        clear()
    }

    private mutating func clear() {
        current?.isChanged = false
        changedAccounts.removeAll(keepingCapacity: true)
        newReplays.removeAll(keepingCapacity: true)
        newMismatches.removeAll()
        newEvents = 0
        tokenChanges.removeAll()
        hasNewContacts = false
    }
}
