import EventModel
import SQLite

/// The table `mismatches`, and the mismatches that are counted with the replays.
struct MismatchRepository: ~Copyable {
    private let note: Statement
    private let selectPointers: Statement
    private let selectCounts: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        let note = try connection.prepare(SQL.noteMismatch)
        let selectPointers = try connection.prepare(SQL.selectMismatchPointers)
        let selectCounts = try connection.prepare(SQL.selectMismatchCounts)
        self.note = note
        self.selectPointers = selectPointers
        self.selectCounts = selectCounts
    }

    /// Writes down what differed; this replaces what was noted about the event before.
    func note(_ pointers: [String], of event: Position, entry: Int64, at now: Timestamp) throws(SQLiteError) {
        var list = Array("[".utf8)
        for pointer in pointers {
            if list.count > 1 { list.append(UInt8(ascii: ",")) }
            list.appendJSON(string: pointer)
        }
        list.append(UInt8(ascii: "]"))
        try note.run {
            $0.set(1, event.rawValue)
            $0.set(2, entry)
            $0.set(3, utf8: list)
            $0.set(4, now.millisecondsSinceEpoch)
        }
    }

    /// What differed, as a JSON array of strings; nil if nothing was noted.
    func pointers(of event: Position, entry: Int64) throws(SQLiteError) -> [UInt8]? {
        try selectPointers.first {
            $0.set(1, event.rawValue)
            $0.set(2, entry)
        } read: { row in
            row.bytes(0)
        }
    }

    /// How often a key came with another payload.
    struct Count: Sendable, Hashable {
        var entry: Int64
        var mismatches: Int64
        var lastAt: Timestamp
    }

    /// The entries after one whose keys came with another payload, of all accounts.
    func counts(after entry: Int64, atMost limit: Int) throws(SQLiteError) -> [Count] {
        var counts: [Count] = []
        try selectCounts.forEach {
            $0.set(1, entry)
            $0.set(2, Int64(limit))
        } read: { row in
            counts.append(
                Count(
                    entry: row.integer(0),
                    mismatches: row.integer(1),
                    lastAt: Timestamp(millisecondsSinceEpoch: row.integer(2))
                )
            )
            return true
        }
        return counts
    }
}
