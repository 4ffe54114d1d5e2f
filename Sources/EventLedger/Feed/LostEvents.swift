import EventModel
import SQLite

extension ReadConnection {
    /// Checks that every event number that an account gave out, in a part of its feed, belongs to a stored event or to
    /// a recorded erasure.
    ///
    /// - Parameters:
    ///   - start: Where the part begins; nil for the beginning of the feed.
    ///   - end: Where it ends; nil for the last number that the account gave out. That number is read at the same
    ///     moment as the events, so events that arrive meanwhile are not reported as missing.
    /// - Throws: ``StoreError/damaged(reason:)`` if an event is missing; ``StoreError/unknownCursor``.
    func requireNoLostEvents(
        of account: Account.ID,
        after start: FeedCursor?,
        through end: FeedCursor?
    ) throws(StoreError) {
        let first = try start.map { cursor throws(StoreError) in try position(of: cursor, account) }
        let last = try end.map { cursor throws(StoreError) in try position(of: cursor, account) }
        try connection.atOneMoment { () throws(SQLiteError) in
            let given = try accounts.numbering(of: account)?.lastEvent ?? 0
            let lost = try events.firstLost(
                after: first ?? Position.start(of: account),
                through: last ?? Position(storedAccount: account.rawValue, number: given)
            )
            if let lost { throw isLost(lost) }
        }
    }

    /// The error for an event that is neither stored nor recorded as erased; it says what can be done about that.
    func isLost(_ position: Position) -> SQLiteError {
        let name = (try? accounts.names())?.first { $0.id == position.account }?.name ?? Account.defaultName
        let option = name == Account.defaultName ? "" : " --account \(name)"
        return .damage(
            "event \(position.number) of account \(position.account.rawValue) is missing; if no backup holds it, "
                + "`store-admin event erase \(identifiers.eventID(at: position))\(option)` lets the feed continue after it"
        )
    }

    private func position(of cursor: FeedCursor, _ account: Account.ID) throws(StoreError) -> Position {
        guard let position = identifiers.position(of: cursor.lastSeen, in: account) else { throw .unknownCursor }
        return position
    }
}
