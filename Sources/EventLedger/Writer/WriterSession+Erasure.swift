import EventModel
import SQLite

extension WriterSession {
    /// Takes events out of the store, for good: their rows are overwritten and not only given up. Their numbers are not used
    /// again, and their keys go on giving their answers.
    mutating func erase(
        _ events: [EventID],
        ofAccountNamed name: String
    ) throws(SQLiteError) -> StoreChange.Outcome {
        guard events.count <= Limits.eventsPerErasure else {
            return .refused(.invalid(field: "events", message: "must be at most \(Limits.eventsPerErasure)"))
        }
        guard let account = try accounts.account(named: name) else { return .refused(.unknownAccount) }
        var positions: [Position] = []
        for event in Set(events) {
            guard let position = identifiers.position(of: event, in: account.id) else { continue }
            if try self.events.exists(at: position) { positions.append(position) }
        }
        positions.sort { $0.rawValue < $1.rawValue }
        if !positions.isEmpty {
            try overwriting { session throws(SQLiteError) in
                for range in PositionRange.ranges(of: positions) { try session.events.erase(range, at: session.now) }
            }
        }
        return .eventsErased(count: positions.count)
    }

    /// Has SQLite overwrite with zeros what is deleted (https://www.sqlite.org/pragma.html#pragma_secure_delete), and the log
    /// begin anew as soon as the transaction is committed, since it holds what was deleted as well. It is on for this only, as
    /// it makes the ledger's upkeep write every page that it gives up.
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
        nextCheckpointPages = 0
        hasToOverwrite = true
    }
}
