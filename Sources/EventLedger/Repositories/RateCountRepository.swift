import EventModel
import SQLite

/// The table `rate_counts`: what limited accounts have sent.
struct RateCountRepository: ~Copyable {
    private let select: Statement
    private let replace: Statement
    private let delete: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        let select = try connection.prepare(SQL.selectRateLimits)
        let replace = try connection.prepare(SQL.replaceRateCounts)
        let delete = try connection.prepare(SQL.deleteRateCounts)
        self.select = select
        self.replace = replace
        self.delete = delete
    }

    /// Every account that has limits, with its limits and the counts that were last written for it.
    func limitedAccounts() throws(SQLiteError) -> [(Account.ID, RateLimits, RateLimiter.Counts)] {
        var accounts: [(Account.ID, RateLimits, RateLimiter.Counts)] = []
        try select.forEach { row in
            let limits = RateLimits(
                perMinute: row.integerIfPresent(1).map(RateCountRepository.limit),
                perDay: row.integerIfPresent(2).map(RateCountRepository.limit)
            )
            var counts = RateLimiter.Counts()
            if let minute = row.integerIfPresent(3) {
                counts.minute = RateCountRepository.count(number: minute, requests: row.integer(4))
                counts.day = RateCountRepository.count(number: row.integer(5), requests: row.integer(6))
            }
            accounts.append((Account.ID(rawValue: row.integer(0)), limits, counts))
            return true
        }
        return accounts
    }

    /// A count that was read, brought into range: a damaged file can hold anything, and counting goes on from
    /// there. A window that no clock reaches counts as none.
    private static func count(number: Int64, requests: Int64) -> RateLimiter.WindowCount {
        guard (0...Limits.rateWindows).contains(number) else { return RateLimiter.WindowCount() }
        return RateLimiter.WindowCount(number: number, requests: min(max(requests, 0), 1 << 62))
    }

    /// A limit that was read, brought into range: a damaged file can hold anything, and counting down starts from
    /// there.
    private static func limit(_ requests: Int64) -> Int64 { min(max(requests, 1), Limits.requestsPerWindow) }

    func replace(_ counts: RateLimiter.Counts, of account: Account.ID) throws(SQLiteError) {
        try replace.run {
            $0.set(1, account.rawValue)
            $0.set(2, counts.minute.number)
            $0.set(3, counts.minute.requests)
            $0.set(4, counts.day.number)
            $0.set(5, counts.day.requests)
        }
    }

    /// Forgets the counts of an account that no longer has limits.
    func delete(of account: Account.ID) throws(SQLiteError) {
        try delete.run { $0.set(1, account.rawValue) }
    }
}
