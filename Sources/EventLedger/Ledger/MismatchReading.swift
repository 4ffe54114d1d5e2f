import EventModel
import SQLite

extension ReadConnection {
    /// A page of an account's keys that came again with another payload. Expired keys are skipped.
    func mismatches(of account: Account.ID, after entry: Int64, limit: Int) throws(StoreError) -> KeyMismatchPage {
        try connection.atOneMoment { () throws(SQLiteError) in
            let firstLive = try ledger.bounds().firstLive
            let oldestLive = try accounts.numbering(of: account)?.oldestLive(at: .now())
            var page = KeyMismatchPage(mismatches: [], lastEntry: max(entry, firstLive - 1), hasMore: false)
            var looked = 0
            while page.mismatches.count < limit, looked < Limits.rowsScannedPerPage {
                let counts = try mismatches.counts(after: page.lastEntry, atMost: Limits.pageRows)
                for count in counts {
                    guard page.mismatches.count < limit else {
                        page.hasMore = true
                        return page
                    }
                    page.lastEntry = count.entry
                    if let found = try mismatch(count, account, oldestLive) { page.mismatches.append(found) }
                }
                if counts.count < Limits.pageRows { return page }
                looked += counts.count
            }
            page.hasMore = true
            return page
        }
    }

    private func mismatch(
        _ count: MismatchRepository.Count,
        _ account: Account.ID,
        _ oldestLive: Timestamp?
    ) throws(SQLiteError) -> KeyMismatch? {
        guard let (owner, key) = try ledger.key(of: count.entry), owner == account,
            let entry = try ledger.entry(count.entry), oldestLive.map({ entry.acceptedAt >= $0 }) ?? true
        else { return nil }
        return KeyMismatch(
            key: IdempotencyKey(stored: key),
            eventID: identifiers.eventID(at: entry.event),
            mismatches: count.mismatches,
            lastMismatchAt: count.lastAt,
            differences: try mismatches.pointers(of: entry.event, entry: count.entry).map { list in
                JSONScanner.strings(inArray: list)
            }
        )
    }
}
