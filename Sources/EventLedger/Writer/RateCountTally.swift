import EventModel

/// Which counts of limited accounts are to be written, and when: all that have changed, once per interval, a few in
/// each transaction. A request writes nothing; a crash loses what was counted since.
struct RateCountTally {
    /// What is written for an account.
    struct Row {
        var account: Account.ID
        var limiter: RateLimiter
        var counts: RateLimiter.Counts
    }

    private var due: [(Account.ID, RateLimiter)] = []
    private var collection: Interval

    init(openedAt now: Timestamp) {
        collection = Interval(milliseconds: Limits.rateCountIntervalMilliseconds, from: now)
    }

    /// Whether something waits to be written.
    var isEmpty: Bool { due.isEmpty }

    /// Looks for counts that have changed, if that is due.
    mutating func collectIfDue(from index: TokenIndex, at now: Timestamp) {
        guard collection.isDue(at: now) else { return }
        collect(from: index)
        collection.begin(at: now)
    }

    /// Looks for counts that have changed.
    mutating func collect(from index: TokenIndex) {
        due = index.rateLimiters.filter { $0.1.isUnwritten }
    }

    /// Takes out some counts, to be written; what could not be written is put back with ``putBack(_:)``.
    mutating func take(_ limit: Int = Limits.rateCountsPerTransaction) -> [Row] {
        guard !due.isEmpty else { return [] }
        let taken = due.suffix(limit)
        due.removeLast(taken.count)
        return taken.map { Row(account: $0, limiter: $1, counts: $1.takeForWriting()) }
    }

    /// Puts back what ``take(_:)`` gave out.
    mutating func putBack(_ rows: [Row]) {
        for row in rows { row.limiter.noteUnwritten() }
        due += rows.map { ($0.account, $0.limiter) }
    }
}
