import EventModel
import SQLite

/// The tables `replays` and `replay_counts`: how often keys came again, the newest replays as a log, older ones by key.
struct ReplayRepository: ~Copyable {
    private let insert: Statement
    private let select: Statement
    private let selectLength: Statement
    private let fold: Statement
    private let deleteOldest: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        let insert = try connection.prepare(SQL.insertReplays)
        let select = try connection.prepare(SQL.selectReplays)
        let selectLength = try connection.prepare(SQL.selectReplayLogLength)
        let fold = try connection.prepare(SQL.foldReplays)
        let deleteOldest = try connection.prepare(SQL.deleteOldestReplays)
        self.insert = insert
        self.select = select
        self.selectLength = selectLength
        self.fold = fold
        self.deleteOldest = deleteOldest
    }

    /// How often a key came again.
    struct Count: Sendable, Hashable {
        var replays: Int64
        var mismatches: Int64
        var lastReplayedAt: Timestamp?
    }

    /// Writes counts to the log. If it is then longer than ``Limits/replayLogRows``, folds twice as many of its oldest
    /// rows as were written, so that it does not keep growing, however many counts come.
    func add(_ counts: [(entry: Int64, count: Count)]) throws(SQLiteError) {
        guard !counts.isEmpty else { return }
        for (entry, count) in counts {
            try insert.run {
                $0.set(1, entry)
                $0.set(2, count.replays)
                $0.set(3, count.mismatches)
                $0.set(4, count.lastReplayedAt?.millisecondsSinceEpoch ?? 0)
            }
        }
        let length = try selectLength.first { $0.integer(0) } ?? 0
        if length > Limits.replayLogRows { try foldOldest(2 * counts.count) }
    }

    /// Moves the oldest rows of the log into the counts of their keys.
    private func foldOldest(_ rows: Int) throws(SQLiteError) {
        try fold.run { $0.set(1, Int64(rows)) }
        try deleteOldest.run { $0.set(1, Int64(rows)) }
    }

    /// How often the key of an entry came again.
    func count(of entry: Int64) throws(SQLiteError) -> Count {
        try select.first {
            $0.set(1, entry)
        } read: { row in
            Count(
                replays: row.integer(0),
                mismatches: row.integer(1),
                lastReplayedAt: row.integerIfPresent(2).map(Timestamp.init(millisecondsSinceEpoch:))
            )
        } ?? Count(replays: 0, mismatches: 0, lastReplayedAt: nil)
    }
}
