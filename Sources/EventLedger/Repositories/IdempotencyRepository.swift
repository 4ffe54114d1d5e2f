import EventModel
import SQLite

/// The table `idempotency`.
struct IdempotencyRepository: ~Copyable {
    private let select: Statement
    private let insert: Statement
    private let selectBounds: Statement
    private let selectRows: Statement
    private let deleteRange: Statement
    private let updateFirstLive: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        let select = try connection.prepare(SQL.selectEntry)
        let insert = try connection.prepare(SQL.insertEntry)
        let selectBounds = try connection.prepare(SQL.selectEntryBounds)
        let selectRows = try connection.prepare(SQL.selectEntries)
        let deleteRange = try connection.prepare(SQL.deleteEntries)
        let updateFirstLive = try connection.prepare(SQL.updateFirstLiveEntry)
        self.select = select
        self.insert = insert
        self.selectBounds = selectBounds
        self.selectRows = selectRows
        self.deleteRange = deleteRange
        self.updateFirstLive = updateFirstLive
    }

    /// A row of the ledger, without the key that it was found by.
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

    /// The unexpired row with a number, if it is the row of a key: its key and its account are compared.
    ///
    /// - Throws: Damage, if there is no such row: the ledger has no gaps.
    func entry(_ number: Int64, of key: IdempotencyKey, in account: Account.ID) throws(SQLiteError) -> Entry? {
        let entry = try select.first {
            $0.set(1, number)
        } read: { row throws(SQLiteError) -> Entry? in
            guard row.integer(0) == account.rawValue, IdempotencyRepository.isKey(key, row, 1) else { return nil }
            return try IdempotencyRepository.entry(number, account, row)
        }
        guard let entry else { throw .damage("entry \(number) of the ledger is missing") }
        return entry
    }

    /// The row with a number, whatever its key, if there is one.
    func entry(_ number: Int64) throws(SQLiteError) -> Entry? {
        try select.first {
            $0.set(1, number)
        } read: { row throws(SQLiteError) in
            try IdempotencyRepository.entry(number, Account.ID(rawValue: row.integer(0)), row)
        }
    }

    /// The account and the key of a row, if there is one.
    func key(of number: Int64) throws(SQLiteError) -> (account: Account.ID, key: [UInt8])? {
        try select.first {
            $0.set(1, number)
        } read: { row in
            (Account.ID(rawValue: row.integer(0)), row.bytes(1))
        }
    }

    private static func entry(
        _ number: Int64,
        _ account: Account.ID,
        _ row: borrowing Row
    ) throws(SQLiteError) -> Entry {
        let event = Position(storedAccount: account.rawValue, number: row.integer(3))
        let isFingerprint = row.withBytes(2) { $0.byteCount == PayloadFingerprint.byteCount }
        guard isFingerprint, event.account == account, event.number == row.integer(3), event.number > 0 else {
            throw .damage("entry \(number) of the ledger is damaged")
        }
        return Entry(
            number: number,
            event: event,
            fingerprint: row.withBytes(2) { span in span.withUnsafeBytes(PayloadFingerprint.init(stored:)) },
            acceptedAt: Timestamp(millisecondsSinceEpoch: row.integer(4))
        )
    }

    private static func isKey(_ key: IdempotencyKey, _ row: borrowing Row, _ column: Int32) -> Bool {
        row.withBytes(column) { span in
            span.withUnsafeBytes { stored in key.utf8.withUnsafeBytes { stored.elementsEqual($0) } }
        }
    }

    func insert(_ entry: Entry, key: IdempotencyKey) throws(SQLiteError) {
        try withUnsafeBytes(of: entry.fingerprint.words) { fingerprint throws(SQLiteError) in
            try key.utf8.withUnsafeBufferPointer { key throws(SQLiteError) in
                try insert.run {
                    $0.set(1, entry.number)
                    $0.set(2, entry.event.account.rawValue)
                    $0.set(3, borrowedText: UnsafeRawBufferPointer(key))
                    $0.set(4, borrowedBlob: fingerprint)
                    $0.set(5, entry.event.number)
                    $0.set(6, entry.acceptedAt.millisecondsSinceEpoch)
                }
            }
        }
    }

    // MARK: Ranges of rows

    /// Where the ledger begins and ends.
    struct Bounds: Sendable, Hashable {
        /// The number of the first row, or that of the first live entry if there are no rows.
        var firstStored: Int64
        /// Entries below this one have expired.
        var firstLive: Int64
        /// The number of the last row; 0 if there are none.
        var last: Int64
        /// The number of the last row that an account has noted.
        var lastNoted: Int64

        /// The number of the last row that ever existed.
        var end: Int64 { max(last, firstLive - 1) }
    }

    func bounds() throws(SQLiteError) -> Bounds {
        try selectBounds.first { row throws(SQLiteError) in
            let bounds = Bounds(
                firstStored: row.integer(0),
                firstLive: row.integer(1),
                last: row.integer(2),
                lastNoted: row.integer(3)
            )
            // A damaged file may hold numbers that no ledger reaches.
            let numbers = 0...Limits.ledgerEntries
            guard numbers.contains(bounds.firstStored), numbers.contains(bounds.last),
                numbers.contains(bounds.firstLive), bounds.firstLive > 0
            else { throw .damage("the ledger's rows have numbers out of range") }
            // Keys expire no further than there are rows. Going on here would forget all of them.
            guard bounds.last == 0 || bounds.firstLive <= bounds.last + 1 else {
                throw .damage(
                    "the ledger ends at entry \(bounds.last), but its first live entry is recorded as \(bounds.firstLive)"
                )
            }
            // The missing rows may have held keys that will be sent again.
            guard bounds.lastNoted <= bounds.end else {
                throw .damage("entries \(bounds.end + 1) to \(bounds.lastNoted) of the ledger are missing")
            }
            return bounds
        } ?? Bounds(firstStored: 1, firstLive: 1, last: 0, lastNoted: 0)
    }

    /// A row while it is walked over; its key is valid only that long.
    struct WalkedRow {
        var number: Int64
        var account: Account.ID
        var key: UnsafeRawBufferPointer
        /// The event's number in its account.
        var event: Int64
        var acceptedAt: Timestamp
    }

    /// Walks over rows in order, until `read` wants no more.
    func forEachRow(
        from first: Int64,
        atMost limit: Int,
        read: (WalkedRow) throws(SQLiteError) -> Bool
    ) throws(SQLiteError) {
        try selectRows.forEach {
            $0.set(1, first)
            $0.set(2, Int64(limit))
        } read: { row throws(SQLiteError) in
            let goesOn = row.withBytes(2) { span in
                span.withUnsafeBytes { key in
                    Result { () throws(SQLiteError) in
                        try read(
                            WalkedRow(
                                number: row.integer(0),
                                account: Account.ID(rawValue: row.integer(1)),
                                key: key,
                                event: row.integer(3),
                                acceptedAt: Timestamp(millisecondsSinceEpoch: row.integer(4))
                            )
                        )
                    }
                }
            }
            return try goesOn.get()
        }
    }

    /// When an entry was accepted; nil if there is no such row.
    func acceptedAt(_ number: Int64) throws(SQLiteError) -> Timestamp? {
        try entry(number)?.acceptedAt
    }

    /// Makes every entry below a number expire.
    func setFirstLive(_ entry: Int64) throws(SQLiteError) {
        try updateFirstLive.run { $0.set(1, entry) }
    }

    /// Deletes rows that have expired.
    func delete(from first: Int64, upTo end: Int64) throws(SQLiteError) {
        try deleteRange.run {
            $0.set(1, first)
            $0.set(2, end)
        }
    }
}
