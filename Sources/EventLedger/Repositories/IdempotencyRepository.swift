import EventModel
import SQLite

/// The table `idempotency`, and the log of repeats beside it.
struct IdempotencyRepository: ~Copyable {
    private let select: Statement
    private let insert: Statement
    private let selectLast: Statement
    private let insertReplays: Statement
    private let selectReplays: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        let select = try connection.prepare(SQL.selectEntry)
        let insert = try connection.prepare(SQL.insertEntry)
        let selectLast = try connection.prepare(SQL.selectLastEntry)
        let insertReplays = try connection.prepare(SQL.insertReplays)
        let selectReplays = try connection.prepare(SQL.selectReplays)
        self.select = select
        self.insert = insert
        self.selectLast = selectLast
        self.insertReplays = insertReplays
        self.selectReplays = selectReplays
    }

    /// A row of the ledger, without the key by which it was found.
    struct Entry: Sendable, Hashable {
        /// The row's number, in the order of acceptance.
        var number: Int64
        /// The event that the key stands for.
        var event: Position
        /// The fingerprint of the first payload.
        var fingerprint: PayloadFingerprint
        /// When the key was first accepted.
        var acceptedAt: Timestamp
    }

    /// How often a key came again.
    struct ReplayCount: Sendable, Hashable {
        var replays: Int64
        var mismatches: Int64
        var lastReplayedAt: Timestamp?
    }

    func entry(of key: IdempotencyKey, in account: Account.ID) throws(SQLiteError) -> Entry? {
        try select.first {
            $0.set(1, account.rawValue)
            $0.set(2, utf8: key.utf8)
        } read: { row in
            Entry(
                number: row.integer(0),
                event: Position(account: account, number: row.integer(1)),
                fingerprint: PayloadFingerprint(stored: row.bytes(2)),
                acceptedAt: Timestamp(millisecondsSinceEpoch: row.integer(3))
            )
        }
    }

    func insert(_ entry: Entry, key: IdempotencyKey) throws(SQLiteError) {
        try insert.run {
            $0.set(1, entry.number)
            $0.set(2, entry.event.account.rawValue)
            $0.set(3, utf8: key.utf8)
            $0.set(4, blob: entry.fingerprint.bytes)
            $0.set(5, entry.event.number)
            $0.set(6, entry.acceptedAt.millisecondsSinceEpoch)
        }
    }

    /// The highest number of a row; 0 for an empty ledger.
    func lastNumber() throws(SQLiteError) -> Int64 {
        try selectLast.first { $0.integer(0) } ?? 0
    }

    func add(_ count: ReplayCount, to entry: Int64) throws(SQLiteError) {
        try insertReplays.run {
            $0.set(1, entry)
            $0.set(2, count.replays)
            $0.set(3, count.mismatches)
            $0.set(4, count.lastReplayedAt?.millisecondsSinceEpoch ?? 0)
        }
    }

    func replayCount(of entry: Int64) throws(SQLiteError) -> ReplayCount {
        try selectReplays.first {
            $0.set(1, entry)
        } read: { row in
            ReplayCount(
                replays: row.integer(0),
                mismatches: row.integer(1),
                lastReplayedAt: row.integerIfPresent(2).map(Timestamp.init(millisecondsSinceEpoch:))
            )
        } ?? ReplayCount(replays: 0, mismatches: 0, lastReplayedAt: nil)
    }
}
