import EventModel
import SQLite

/// How a reader finds a key: as the writer does, but with nothing in memory. It reads a few pages of each segment and
/// all rows that are not sealed. That is fast enough for an operator's question, but not for frequent use.
extension ReadConnection {
    /// The entry of a key, or nil if the account does not have it, or no longer has it.
    func findEntry(of key: IdempotencyKey, in account: Account.ID) throws(StoreError) -> Int64? {
        try mappingErrors { () throws(SQLiteError) in
            let bounds = try ledger.bounds()
            let segments = try segments.segments()
            let oldestLive = try accounts.numbering(of: account)?.oldestLive(at: .now())
            let tail = max(segments.last.map { $0.lastEntry &+ 1 } ?? 1, bounds.firstLive)
            if let entry = try entryInTail(key, account, from: tail) { return try live(entry, oldestLive) }
            let hash = keyHasher.hash(key, in: account)
            for segment in segments.reversed() {
                for entry in try candidates(hash, in: segment).reversed() where entry >= bounds.firstLive {
                    if try ledger.entry(entry, of: key, in: account) != nil { return try live(entry, oldestLive) }
                }
            }
            return nil
        }
    }

    /// What the ledger knows of the key of an entry.
    func history(of key: IdempotencyKey, atEntry number: Int64) throws(StoreError) -> KeyHistory? {
        try mappingErrors { () throws(SQLiteError) in
            guard let entry = try ledger.entry(number) else { return nil }
            let count = try replays.count(of: number)
            return KeyHistory(
                key: key,
                eventID: identifiers.eventID(at: entry.event),
                eventExists: try events.exists(at: entry.event),
                firstAcceptedAt: entry.acceptedAt,
                replays: count.replays,
                mismatches: count.mismatches,
                lastReplayedAt: count.lastReplayedAt,
                fingerprint: entry.fingerprint
            )
        }
    }

    private func live(_ entry: Int64, _ oldestLive: Timestamp?) throws(SQLiteError) -> Int64? {
        guard let oldestLive else { return entry }
        return try ledger.acceptedAt(entry).flatMap { $0 >= oldestLive ? entry : nil }
    }

    private func entryInTail(
        _ key: IdempotencyKey,
        _ account: Account.ID,
        from first: Int64
    ) throws(SQLiteError) -> Int64? {
        var found: Int64?
        try ledger.forEachRow(from: first, atMost: .max) { row in
            if row.account == account, key.utf8.withUnsafeBytes({ $0.elementsEqual(row.key) }) { found = row.number }
            return true
        }
        return found
    }

    /// The entries of a segment whose keys have a hash, found by a binary search in its pages.
    private func candidates(_ hash: KeyHash, in segment: Segment.Description) throws(SQLiteError) -> [Int64] {
        guard segment.isPlausible else { throw .damage("the description of segment \(segment.id) is damaged") }
        let lowest = LedgerEntryCode.lowest(of: hash)
        var start = 0
        var end = segment.pageCount
        while start < end {
            let middle = start + (end - start) / 2
            guard let first = try segments.withPage(middle, of: segment.id, { $0[0] }) else {
                throw .missingPage(middle, of: segment.id)
            }
            if first >= lowest { end = middle } else { start = middle + 1 }
        }
        var candidates: [Int64] = []
        for page in max(0, start - 1)..<segment.pageCount {
            let goesOn = try segments.withPage(page, of: segment.id) { codes in
                codes.appendCandidates(hash, firstEntry: segment.firstEntry, to: &candidates)
                return LedgerEntryCode(rawValue: codes[codes.count - 1]).hash <= hash.rawValue
            }
            guard goesOn == true else { break }
        }
        return candidates
    }
}
