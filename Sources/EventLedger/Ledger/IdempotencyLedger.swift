import EventModel
import SQLite

/// The idempotency ledger: admits a key, or finds the entry that it already has.
///
/// It lives on the writer's thread and works inside the writer's transaction. That acts as a lock on each key: of any
/// number of commands with one key the first is admitted, and the others find its entry. What the ledger keeps in
/// memory follows the transaction through ``commit()`` and ``rollBack()``.
///
/// Its rows are appended in the order of acceptance, so they cost no random writes. ``LedgerIndex`` describes how a
/// key's row is found again, and ``LedgerMaintenance`` how the index stays small.
struct IdempotencyLedger: ~Copyable {
    typealias Entry = IdempotencyRepository.Entry

    private let entries: IdempotencyRepository
    private let segments: SegmentRepository
    private(set) var index: LedgerIndex
    private var maintenance: LedgerMaintenance

    /// The number and the time of the last row: those of the open transaction, and those that were committed.
    private var last: LastEntry
    private var lastCommitted: LastEntry
    /// What the open transaction admitted.
    private var admitted: [(hash: KeyHash, entry: Int64)] = []
    /// The first entry that has not expired, if the open transaction moved it.
    private var newFirstLiveEntry: Int64?
    private var firstLiveEntry: Int64 { newFirstLiveEntry ?? index.firstLiveEntry }

    /// Where the ledger ends.
    struct LastEntry: Sendable, Hashable {
        var number: Int64
        /// Times in the ledger never go back, whatever the clock does, so expired entries always come first.
        var acceptedAt: Timestamp
    }

    init(
        _ entries: consuming IdempotencyRepository,
        _ segments: consuming SegmentRepository,
        index: LedgerIndex,
        maintenance: LedgerMaintenance,
        last: LastEntry
    ) {
        self.entries = entries
        self.segments = segments
        self.index = index
        self.maintenance = maintenance
        self.last = last
        lastCommitted = last
    }

    /// The entry of a key, or nil if the key is free.
    ///
    /// - Parameter oldestLive: Entries accepted before this time have expired in the key's account.
    /// - Throws: Damage if the row of an entry that has not expired is missing: it may have been the key's.
    func entry(
        of key: IdempotencyKey,
        hash: KeyHash,
        in account: Account.ID,
        oldestLive: Timestamp?
    ) throws(SQLiteError) -> Entry? {
        var found: Entry?
        _ = try index.find(hash, segments) { number throws(SQLiteError) in
            // A damaged page of the index may name any number; `verify` reports it.
            guard number >= firstLiveEntry, number <= last.number,
                let entry = try entries.entry(number, of: key, in: account)
            else { return false }
            // Stop here even if this entry has expired: the remaining candidates are older, and times in the ledger
            // never go back.
            if entry.acceptedAt >= oldestLive ?? entry.acceptedAt { found = entry }
            return true
        }
        return found
    }

    /// Reads where a key will be looked for; see `WriterSession+LookAhead.swift`.
    func touch(_ hash: KeyHash) -> UInt64 { index.touch(hash) }

    /// Adds an entry for a free key.
    ///
    /// - Returns: The number of its entry.
    mutating func admit(
        _ key: IdempotencyKey,
        hash: KeyHash,
        event: Position,
        fingerprint: PayloadFingerprint,
        at now: Timestamp
    ) throws(SQLiteError) -> Int64 {
        let next = LastEntry(number: last.number + 1, acceptedAt: max(now, last.acceptedAt))
        try entries.insert(
            Entry(number: next.number, event: event, fingerprint: fingerprint, acceptedAt: next.acceptedAt),
            key: key
        )
        last = next
        index.insert(hash, entry: next.number)
        admitted.append((hash, next.number))
        return next.number
    }

    /// A time after that of every entry.
    var afterLast: Timestamp { last.acceptedAt.advanced(byMilliseconds: 1) }

    /// Whether an entry's row exists; rows of expired keys are deleted.
    func holds(_ entry: Int64) throws(SQLiteError) -> Bool { try entries.acceptedAt(entry) != nil }

    // MARK: Upkeep of the index

    /// Does the upkeep that the open transaction's new entries have paid for.
    mutating func workOff() throws(SQLiteError) {
        try maintenance.work(for: admitted.count, index, segments, entries)
    }

    /// Whether there is upkeep to do while nobody is waiting.
    var hasWork: Bool { maintenance.hasWork(index) }

    /// Does some of the upkeep in the open transaction.
    mutating func work(steps: Int) throws(SQLiteError) {
        for _ in 0..<steps {
            guard try maintenance.step(index, segments, entries) else { return }
        }
    }

    /// Whether merging was given up because of a damaged page.
    var isMergingSuspended: Bool { maintenance.isMergingSuspended }

    /// The size of the index.
    struct Footprint: Sendable {
        var segments: Int
        var unsealedEntries: Int
        var memoryBytes: Int
    }

    var footprint: Footprint {
        Footprint(
            segments: index.segments.count,
            unsealedEntries: index.active.count + (index.frozen?.count ?? 0),
            memoryBytes: index.active.byteCount + (index.frozen?.byteCount ?? 0)
                + index.segments.reduce(0) { $0 + $1.summary.byteCount }
        )
    }

    /// Removes the first damaged segment and all segments behind it from the index, in the open transaction: entries
    /// that are in no segment have to be at the end of the ledger, where readers look for them. The ledger cannot be
    /// used afterwards; the next opening makes the index again from there on.
    ///
    /// - Returns: How many segments were removed.
    func giveUpDamagedSegments() throws(SQLiteError) -> Int {
        let all = try segments.segments()
        var count = 0
        for segment in all {
            if count == 0, try SegmentSummary.rebuilt(of: segment, segments) != nil { continue }
            try segments.delete(segment.id)
            count += 1
        }
        return count
    }

    // MARK: Expiry

    /// Makes every entry expire that was accepted before a time.
    ///
    /// - Returns: How many entries expired by this call.
    mutating func expire(acceptedBefore time: Timestamp) throws(SQLiteError) -> Int64 {
        // Times never go back, so a binary search finds the first entry that stays.
        var start = firstLiveEntry
        var end = last.number + 1
        while start < end {
            let middle = start + (end - start) / 2
            if let acceptedAt = try entries.acceptedAt(middle), acceptedAt < time {
                start = middle + 1
            } else {
                end = middle
            }
        }
        return try expire(before: start)
    }

    /// The accounts and times of the oldest entries that have not expired.
    func oldestEntries(
        atMost limit: Int
    ) throws(SQLiteError) -> [(number: Int64, account: Account.ID, acceptedAt: Timestamp)] {
        var oldest: [(number: Int64, account: Account.ID, acceptedAt: Timestamp)] = []
        try entries.forEachRow(from: firstLiveEntry, atMost: limit) { row in
            oldest.append((row.number, row.account, row.acceptedAt))
            return true
        }
        return oldest
    }

    /// Makes every entry below one expire.
    ///
    /// - Returns: How many entries expired by this call.
    @discardableResult
    mutating func expire(before entry: Int64) throws(SQLiteError) -> Int64 {
        let count = entry - firstLiveEntry
        guard count > 0 else { return 0 }
        try entries.setFirstLive(entry)
        newFirstLiveEntry = entry
        return count
    }

    // MARK: The transaction's end

    /// What the open transaction has admitted so far.
    struct Mark: Sendable {
        fileprivate var last: LastEntry
        fileprivate var admitted: Int
    }

    var mark: Mark { Mark(last: last, admitted: admitted.count) }

    /// Forgets what was admitted since a mark.
    mutating func goBack(to mark: Mark) {
        for (hash, entry) in admitted[mark.admitted...] { index.remove(hash, entry: entry) }
        admitted.removeLast(admitted.count - mark.admitted)
        last = mark.last
    }

    /// Keeps what was done since the last call.
    mutating func commit() {
        lastCommitted = last
        admitted.removeAll(keepingCapacity: true)
        if let entry = newFirstLiveEntry { index.firstLiveEntry = entry }
        newFirstLiveEntry = nil
        maintenance.commit(&index)
        if index.isFull, index.frozen == nil { index.freeze(lastEntry: last.number) }
    }

    /// Forgets what was done since the last commit.
    mutating func rollBack() {
        for (hash, entry) in admitted { index.remove(hash, entry: entry) }
        admitted.removeAll(keepingCapacity: true)
        last = lastCommitted
        newFirstLiveEntry = nil
        maintenance.rollBack()
    }
}
