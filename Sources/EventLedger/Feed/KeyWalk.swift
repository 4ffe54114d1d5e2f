import EventModel
import SQLite

/// How the keys of events are found.
///
/// The ledger finds an event by its key, and not the other way round. But an account's entries and events are both made
/// in the order of its commits. So a caller that reads all events in order finds their keys by walking along the ledger
/// beside them.
extension ReadConnection {
    /// Walks on after an entry, to the last of some events or as far as one call goes. Expired keys are skipped: they
    /// no longer stand for their events.
    func keys(
        of account: Account.ID,
        events: ClosedRange<Int64>,
        after entry: Int64
    ) throws(StoreError) -> KeyPage {
        try connection.atOneMoment { () throws(SQLiteError) in
            let firstLive = try ledger.bounds().firstLive
            let oldestLive = try accounts.numbering(of: account)?.oldestLive(at: .now())
            var page = KeyPage(keys: [], lastEntry: entry, hasMore: false)
            var looked = 0
            var lastEvent: Int64 = 0
            try ledger.forEachRow(from: max(entry, entry &+ 1), atMost: Limits.rowsScannedPerPage) {
                row throws(SQLiteError) in
                // Entries have consecutive numbers, except at the start, where expired ones are missing. Without this
                // check, keys that a damaged page hides would be taken for keys that never existed.
                let follows = row.number == page.lastEntry &+ 1
                guard follows || (row.number > page.lastEntry && row.number <= firstLive) else {
                    throw .damage("rows of the ledger before entry \(row.number) are missing")
                }
                looked += 1
                if row.account == account {
                    lastEvent = row.event
                    guard row.event <= events.upperBound else { return false }
                    let isLive = row.number >= firstLive && row.acceptedAt >= oldestLive ?? row.acceptedAt
                    if isLive, events.contains(row.event) {
                        let key = IdempotencyKey(stored: Array(row.key))
                        page.keys.append(KeyPage.Entry(event: row.event, key: key))
                    }
                }
                page.lastEntry = row.number
                page.hasMore = looked == Limits.rowsScannedPerPage && lastEvent < events.upperBound
                return true
            }
            return page
        }
    }
}
