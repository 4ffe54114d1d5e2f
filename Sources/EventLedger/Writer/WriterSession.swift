import EventModel
import SQLite

/// A store that is open for writing: the one connection that writes, and what is kept in memory beside it. It belongs
/// to the writer's thread.
struct WriterSession: ~Copyable {
    private let store: OpenedStore
    let identifiers: IdentifierCodec
    let accounts: AccountRepository
    let contacts: ContactRepository
    let events: EventRepository
    let tokens: TokenRepository
    var ledger: IdempotencyLedger
    let tokenIndex: TokenIndex

    /// The numbers of the accounts that were written to, with those that changed in the open transaction.
    var numbering: [Account.ID: AccountRepository.Numbering] = [:]
    var changedAccounts: Set<Account.ID> = []
    /// The repeats that the open transaction answered; they count once it is committed.
    var newReplays: [(entry: Int64, payloadDiffers: Bool)] = []
    /// The tokens that the open transaction changed; requests see them once it is committed.
    var tokenChanges: [TokenIndex.Change] = []
    /// One clock reading a transaction.
    var now = Timestamp.now()

    /// Whether the last transaction that got through wrote anything.
    private(set) var didWrite = false

    private var tally = ReplayTally()
    private var nextCheckpointPages = Limits.checkpointPages

    var connection: Connection {
        _read { yield store.connection }
    }

    init(_ store: consuming OpenedStore, tokenIndex: TokenIndex) throws(SQLiteError) {
        // Into locals first: a noncopyable value cannot be taken apart half made.
        let accounts = try AccountRepository(store.connection)
        let contacts = try ContactRepository(store.connection)
        let events = try EventRepository(store.connection)
        let tokens = try TokenRepository(store.connection)
        let ledger = try IdempotencyLedger(store.connection)
        tokenIndex.replaceAll(with: try tokens.unrevokedTokens())
        self.accounts = accounts
        self.contacts = contacts
        self.events = events
        self.tokens = tokens
        self.ledger = ledger
        self.identifiers = store.identifiers
        self.tokenIndex = tokenIndex
        self.store = store
    }

    /// Why a transaction came to nothing.
    enum Failure: Error {
        /// A command failed in a way that may be its own fault.
        case command(SQLiteError)
        /// The transaction as a whole failed.
        case transaction(SQLiteError)
    }

    /// Runs commands in one transaction, all or none of them, and syncs it.
    ///
    /// - Returns: An outcome for each command; every one of them is on stable storage.
    mutating func run(_ commands: [WriterCommand]) throws(Failure) -> [WriterCommand.Outcome] {
        now = Timestamp.now()
        var isComplete = false
        defer { if !isComplete { rollBack() } }

        let transaction = try inTransaction { () throws(SQLiteError) in try connection.beginImmediate() }
        var outcomes: [WriterCommand.Outcome] = []
        outcomes.reserveCapacity(commands.count)
        for command in commands {
            do {
                outcomes.append(try execute(command))
            } catch {
                throw .command(error)
            }
        }
        let settles = commands.contains { if case .settle = $0 { true } else { false } }
        // Counts ride along with a transaction that is synced anyway, and never make one that is not.
        let counts = tally.take(settles ? .max : changedAccounts.isEmpty ? 0 : Limits.talliesPerTransaction)
        do {
            try ledger.record(counts)
            for account in changedAccounts {
                if let numbering = numbering[account] { try accounts.update(numbering, of: account) }
            }
            try transaction.commit()
        } catch {
            tally.putBack(counts)
            throw .transaction(error)
        }
        isComplete = true
        didWrite = !changedAccounts.isEmpty || !counts.isEmpty
        commit()
        return outcomes
    }

    /// Whether there are counts to be written when nobody waits.
    var hasBackgroundWork: Bool { !tally.isEmpty }

    /// Writes a slice of what is due when nobody waits.
    mutating func workInBackground() throws(SQLiteError) {
        let counts = tally.take(Limits.talliesPerTransaction)
        do {
            let transaction = try connection.beginImmediate()
            try ledger.record(counts)
            try transaction.commit()
        } catch {
            tally.putBack(counts)
            throw error
        }
    }

    /// Copies the write-ahead log into the database file, if it has grown long enough.
    ///
    /// Readers may hold a part of it up; then it is tried again after as many pages more.
    mutating func checkpointIfDue() throws(SQLiteError) {
        guard connection.logPages >= nextCheckpointPages else {
            // After a complete checkpoint the log starts again at its beginning.
            if connection.logPages < Limits.checkpointPages { nextCheckpointPages = Limits.checkpointPages }
            return
        }
        let result = try connection.checkpoint(.passive)
        nextCheckpointPages =
            result.isComplete ? Limits.checkpointPages : connection.logPages + Limits.checkpointPages
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

    /// What the transaction did in memory stands.
    private mutating func commit() {
        ledger.commit()
        for replay in newReplays {
            tally.note(entry: replay.entry, payloadDiffers: replay.payloadDiffers, at: now)
        }
        if !tokenChanges.isEmpty { tokenIndex.apply(tokenChanges) }
        clear()
    }

    /// What the transaction did in memory is forgotten; the numbers are read again when they are needed.
    private mutating func rollBack() {
        ledger.rollBack()
        numbering.removeAll()
        clear()
    }

    private mutating func clear() {
        changedAccounts.removeAll(keepingCapacity: true)
        newReplays.removeAll(keepingCapacity: true)
        tokenChanges.removeAll()
    }
}
