import EventModel
import SQLite

/// The table `accounts`: names, settings, and the highest numbers given out.
struct AccountRepository: ~Copyable {
    private let select: Statement
    private let selectAll: Statement
    private let selectNames: Statement
    private let insert: Statement
    private let selectLast: Statement
    private let updateLast: Statement
    private let selectNumbering: Statement
    private let selectBeyondNumbering: Statement
    private let updateNumbering: Statement
    private let updateKeyRetention: Statement
    private let updateRateLimits: Statement
    private let anyKeyRetention: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        // Into locals first, here and in the other repositories: a noncopyable value cannot be destroyed while partly
        // initialized.
        let select = try connection.prepare(SQL.selectAccount)
        let selectAll = try connection.prepare(SQL.selectAccounts)
        let selectNames = try connection.prepare(SQL.selectAccountNames)
        let insert = try connection.prepare(SQL.insertAccount)
        let selectLast = try connection.prepare(SQL.selectLastAccount)
        let updateLast = try connection.prepare(SQL.updateLastAccount)
        let selectNumbering = try connection.prepare(SQL.selectNumbering)
        let selectBeyondNumbering = try connection.prepare(SQL.selectBeyondNumbering)
        let updateNumbering = try connection.prepare(SQL.updateNumbering)
        let updateKeyRetention = try connection.prepare(SQL.updateKeyRetention)
        let updateRateLimits = try connection.prepare(SQL.updateRateLimits)
        let anyKeyRetention = try connection.prepare(SQL.anyKeyRetention)
        self.select = select
        self.selectAll = selectAll
        self.selectNames = selectNames
        self.insert = insert
        self.selectLast = selectLast
        self.updateLast = updateLast
        self.selectNumbering = selectNumbering
        self.selectBeyondNumbering = selectBeyondNumbering
        self.updateNumbering = updateNumbering
        self.updateKeyRetention = updateKeyRetention
        self.updateRateLimits = updateRateLimits
        self.anyKeyRetention = anyKeyRetention
    }

    /// What the writer needs to know of an account for an ingest.
    struct Numbering: Sendable, Hashable {
        var isStrict: Bool
        /// The highest number that was given to an event, and to a contact.
        var lastEvent: Int64
        var lastContact: Int64
        /// The ledger's entry of the account's newest key.
        var lastEntry: Int64
        /// How long the account's keys answer; nil for ever.
        var keyRetentionMilliseconds: Int64?
        /// Keys accepted before this time had already expired when the retention was last set; nil if none had.
        var keysLiveSince: Timestamp?

        /// The time before which the account's keys have expired; nil for never.
        func oldestLive(at now: Timestamp) -> Timestamp? {
            guard let keyRetentionMilliseconds else { return keysLiveSince }
            let oldest = Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch &- keyRetentionMilliseconds)
            return max(oldest, keysLiveSince ?? oldest)
        }
    }

    func account(named name: String) throws(SQLiteError) -> Account? {
        try select.first {
            $0.set(1, text: name)
        } read: { row in
            AccountRepository.account(row)
        }
    }

    func accounts(after id: Account.ID?, limit: Int) throws(SQLiteError) -> [Account] {
        var accounts: [Account] = []
        try selectAll.forEach {
            $0.set(1, id?.rawValue ?? 0)
            $0.set(2, Int64(limit))
        } read: { row in
            accounts.append(AccountRepository.account(row))
            return true
        }
        return accounts
    }

    /// The name and the number of every account.
    func names() throws(SQLiteError) -> [(name: String, id: Account.ID)] {
        var names: [(name: String, id: Account.ID)] = []
        try selectNames.forEach { row in
            names.append((row.text(0), Account.ID(rawValue: row.integer(1))))
            return true
        }
        return names
    }

    /// The highest account number that is taken or passed over.
    func lastID() throws(SQLiteError) -> Int64 {
        let last = try selectLast.first { $0.integer(0) } ?? 0
        guard (0...Int64(Limits.accounts)).contains(last) else {
            throw .damage("account \(last) has a number out of range")
        }
        return last
    }

    /// Makes new accounts get higher numbers than this.
    func passOver(through last: Int64) throws(SQLiteError) {
        try updateLast.run { $0.set(1, last) }
    }

    func insert(_ account: Account) throws(SQLiteError) {
        try insert.run {
            $0.set(1, account.id.rawValue)
            $0.set(2, text: account.name)
            $0.set(3, account.isStrict ? 1 : 0)
            $0.set(4, account.createdAt.millisecondsSinceEpoch)
        }
    }

    func numbering(of account: Account.ID) throws(SQLiteError) -> Numbering? {
        try selectNumbering.first {
            $0.set(1, account.rawValue)
        } read: { row throws(SQLiteError) in
            let numbers = 0...Limits.sequencePerAccount
            guard
                (1...Int64(Limits.accounts)).contains(account.rawValue), numbers.contains(row.integer(1)),
                numbers.contains(row.integer(2))
            else {
                throw .damage("the numbers of account \(account.rawValue) are out of range")
            }
            return Numbering(
                isStrict: row.integer(0) != 0,
                lastEvent: row.integer(1),
                lastContact: row.integer(2),
                lastEntry: row.integer(5),
                keyRetentionMilliseconds: row.integerIfPresent(3),
                keysLiveSince: row.integerIfPresent(4).map(Timestamp.init(millisecondsSinceEpoch:))
            )
        }
    }

    /// Makes sure that the next numbers are free. They are not if the account's row is older than its events, as on a
    /// disk that lost what it had to keep: numbers would then be given out a second time.
    ///
    /// - Throws: Damage, if there are events or contacts above the highest numbers.
    func requireNothingBeyond(_ numbering: Numbering, of account: Account.ID) throws(SQLiteError) {
        let isBehind = try selectBeyondNumbering.hasRow {
            $0.set(1, account.rawValue)
            $0.set(2, numbering.lastEvent)
            $0.set(3, numbering.lastContact)
        }
        guard !isBehind else {
            throw .damage("account \(account.rawValue) has events or contacts above the highest numbers that it gave")
        }
    }

    func update(_ numbering: Numbering, of account: Account.ID) throws(SQLiteError) {
        try updateNumbering.run {
            $0.set(1, account.rawValue)
            $0.set(2, numbering.lastEvent)
            $0.set(3, numbering.lastContact)
            $0.set(4, numbering.lastEntry)
        }
    }

    /// Sets how long an account's keys answer, and the time before which they had already expired.
    func setKeyRetention(
        _ milliseconds: Int64?,
        liveSince: Timestamp?,
        of account: Account.ID
    ) throws(SQLiteError) {
        try updateKeyRetention.run {
            $0.set(1, account.rawValue)
            $0.set(2, milliseconds)
            $0.set(3, liveSince?.millisecondsSinceEpoch)
        }
    }

    func setRateLimits(_ limits: RateLimits, of account: Account.ID) throws(SQLiteError) {
        try updateRateLimits.run {
            $0.set(1, account.rawValue)
            $0.set(2, limits.perMinute)
            $0.set(3, limits.perDay)
        }
    }

    /// Whether there is an account whose keys do not answer for ever, or once did not.
    func hasKeyRetention() throws(SQLiteError) -> Bool {
        try anyKeyRetention.hasRow()
    }

    private static func account(_ row: borrowing Row) -> Account {
        Account(
            id: Account.ID(rawValue: row.integer(0)),
            name: row.text(1),
            isStrict: row.integer(2) != 0,
            keyRetentionMilliseconds: row.integerIfPresent(3),
            rateLimits: RateLimits(perMinute: row.integerIfPresent(5), perDay: row.integerIfPresent(6)),
            createdAt: Timestamp(millisecondsSinceEpoch: row.integer(4))
        )
    }
}
