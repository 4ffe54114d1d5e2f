import EventModel
import SQLite

extension WriterSession {
    /// Removes events from the store for good: their rows are overwritten and not only freed. Their numbers are not
    /// used again, and their keys still give their answers.
    mutating func erase(
        _ events: [EventID],
        ofAccountNamed name: String
    ) throws(SQLiteError) -> StoreChange.Outcome {
        guard events.count <= Limits.eventsPerErasure else {
            return .refused(.invalid(field: "events", message: "must be at most \(Limits.eventsPerErasure)"))
        }
        guard let account = try accounts.account(named: name) else { return .refused(.unknownAccount) }
        let asked = Set(events).compactMap { identifiers.position(of: $0, in: account.id) }
        var positions: [Position] = []
        var lost: [PositionRange] = []
        for position in asked.sorted(by: { $0.rawValue < $1.rawValue }) {
            if try self.events.exists(at: position) {
                positions.append(position)
            } else if lost.last.map({ $0.last.rawValue < position.rawValue }) ?? true {
                if let range = try lostEvents(from: position) { lost.append(range) }
            }
        }
        if !positions.isEmpty {
            try overwriting { session throws(SQLiteError) in
                for range in PositionRange.ranges(of: positions) { try session.events.erase(range, at: session.now) }
            }
        }
        for range in lost { try self.events.record(range, at: now) }
        return .eventsErased(count: positions.count + lost.reduce(0) { $0 + $1.count })
    }

    /// The events from a position on that were given out but are neither stored nor erased, as in a damaged file; nil
    /// if the first one is not such an event.
    private mutating func lostEvents(from position: Position) throws(SQLiteError) -> PositionRange? {
        guard let given = try numbering(of: position.account)?.lastEvent, position.number >= 1, position.number <= given
        else { return nil }
        let before = Position(storedAccount: position.account.rawValue, number: position.number - 1)
        guard try events.firstLost(after: before, through: position) != nil else { return nil }
        let end = Position(storedAccount: position.account.rawValue, number: given)
        return PositionRange(first: position, last: try events.lastLost(from: position, through: end))
    }

    /// Makes SQLite overwrite with zeros what is deleted (https://www.sqlite.org/pragma.html#pragma_secure_delete), and
    /// makes the log start again as soon as the transaction is committed, because the log holds what was deleted as
    /// well. Overwriting is on for this only: it makes the ledger's upkeep write every page that it frees.
    mutating func overwriting(
        _ delete: (borrowing WriterSession) throws(SQLiteError) -> Void
    ) throws(SQLiteError) {
        try connection.execute(SQL.overwriteAllThatIsDeleted)
        var failure: SQLiteError?
        do throws(SQLiteError) {
            try delete(self)
        } catch {
            failure = error
        }
        try connection.execute(SQL.overwriteWhereItIsFree)
        if let failure { throw failure }
        checkpoints.overwriteErased()
    }
}
