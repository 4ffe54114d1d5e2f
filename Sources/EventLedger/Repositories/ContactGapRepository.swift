import EventModel
import SQLite

/// The table `contact_gaps`.
struct ContactGapRepository: ~Copyable {
    private let select: Statement
    private let insert: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        let select = try connection.prepare(SQL.selectContactGaps)
        let insert = try connection.prepare(SQL.insertContactGap)
        self.select = select
        self.insert = insert
    }

    func gaps(of account: Account.ID) throws(SQLiteError) -> ContactGaps {
        var gaps = ContactGaps()
        try select.forEach {
            $0.set(1, Position.start(of: account).rawValue)
            $0.set(2, Position.end(of: account).rawValue)
        } read: { row throws(SQLiteError) in
            let (first, last) = (Position(rawValue: row.integer(0)), Position(rawValue: row.integer(1)))
            guard last.rawValue >= first.rawValue, last.account == account else {
                throw .damage("the range of contact numbers that account \(account.rawValue) passes over is invalid")
            }
            gaps.append(first.number...last.number)
            return true
        }
        return gaps
    }

    /// Records that no contact has a number in a range, or ever will.
    func record(_ range: PositionRange, at now: Timestamp) throws(SQLiteError) {
        try insert.run {
            $0.set(1, range.first.rawValue)
            $0.set(2, range.last.rawValue)
            $0.set(3, now.millisecondsSinceEpoch)
        }
    }
}

/// The numbers of contacts that an account passes over, in order, with one range for each time the store was restored.
struct ContactGaps: Sendable, Hashable {
    private var ranges: [ClosedRange<Int64>] = []

    /// How many numbers there are in all.
    var count: Int64 {
        ranges.reduce(0) { min($0 + ($1.upperBound - $1.lowerBound + 1), Limits.sequencePerAccount) }
    }

    mutating func append(_ range: ClosedRange<Int64>) {
        ranges.append(range)
    }

    /// The number up to which `count` numbers lie in none of the ranges.
    func number(after count: Int64) -> Int64 {
        var number = min(count, Limits.sequencePerAccount)
        for range in ranges where range.lowerBound <= number {
            number = min(number + (range.upperBound - range.lowerBound + 1), Limits.sequencePerAccount)
        }
        return number
    }
}
