import EventModel
import SQLite

/// The table `idempotency`, read along its entries.
///
/// A ledger finds an event by its key and not the other way round. But entries and events of an account are both made in
/// the order of its commits, so whoever reads all events in order finds their keys by walking beside them.
struct KeyWalk: ~Copyable {
    private let select: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        select = try connection.prepare(SQL.selectKeys)
    }

    /// Walks on after an entry, to the last of some events or as far as one call goes.
    func page(
        of account: Account.ID,
        events: ClosedRange<Int64>,
        after entry: Int64
    ) throws(SQLiteError) -> KeyPage {
        var page = KeyPage(keys: [], lastEntry: entry, hasMore: false)
        var looked = 0
        var lastEvent: Int64 = 0
        try select.forEach {
            $0.set(1, entry)
            $0.set(2, Int64(Limits.rowsScannedPerPage))
        } read: { row in
            looked += 1
            if row.integer(1) == account.rawValue {
                let event = row.integer(2)
                lastEvent = event
                guard event <= events.upperBound else { return false }
                if events.contains(event) {
                    page.keys.append(KeyPage.Entry(event: event, key: IdempotencyKey(stored: row.bytes(3))))
                }
            }
            page.lastEntry = row.integer(0)
            page.hasMore = looked == Limits.rowsScannedPerPage && lastEvent < events.upperBound
            return true
        }
        return page
    }
}
