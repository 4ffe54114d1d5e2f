import EventModel
import SQLite

/// The idempotency ledger: admits a key, or gives the entry that it already has.
///
/// It lives on the writer's thread and works inside the writer's transaction, which is what makes a key's lock: of any
/// number of commands with one key the first is admitted, and the others find its entry. What it keeps in memory
/// follows the transaction by ``commit()`` and ``rollBack()``.
struct IdempotencyLedger: ~Copyable {
    typealias Entry = IdempotencyRepository.Entry

    private let entries: IdempotencyRepository
    private var lastCommittedNumber: Int64
    private var lastNumber: Int64

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        let entries = try IdempotencyRepository(connection)
        let last = try entries.lastNumber()
        self.entries = entries
        self.lastCommittedNumber = last
        self.lastNumber = last
    }

    /// The entry of a key, or nil for a key that is free.
    func entry(of key: IdempotencyKey, in account: Account.ID) throws(SQLiteError) -> Entry? {
        try entries.entry(of: key, in: account)
    }

    /// Enters a key that is free.
    mutating func admit(
        _ key: IdempotencyKey,
        event: Position,
        fingerprint: PayloadFingerprint,
        at now: Timestamp
    ) throws(SQLiteError) {
        let number = lastNumber + 1
        try entries.insert(
            Entry(number: number, event: event, fingerprint: fingerprint, acceptedAt: now),
            key: key
        )
        lastNumber = number
    }

    /// Writes down how often keys came again.
    func record(_ counts: some Sequence<(entry: Int64, count: IdempotencyRepository.ReplayCount)>) throws(SQLiteError) {
        for (entry, count) in counts {
            try entries.add(count, to: entry)
        }
    }

    /// What was admitted since the last call stands.
    mutating func commit() {
        lastCommittedNumber = lastNumber
    }

    /// What was admitted since the last commit is forgotten.
    mutating func rollBack() {
        lastNumber = lastCommittedNumber
    }
}
