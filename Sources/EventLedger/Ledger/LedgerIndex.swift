import EventModel
import SQLite

/// How a key's row is found: by the tables in memory with the newest entries, and behind them the sealed segments,
/// which follow each other without a gap.
///
/// It holds what is committed, and the entries of the open transaction.
struct LedgerIndex {
    let parameters: LedgerParameters
    /// Takes the new entries.
    private(set) var active: MemoryTable
    /// A full table that is being sealed.
    private(set) var frozen: MemoryTable?
    /// The segments that count, in the order of their entries.
    private(set) var segments: [Segment] {
        didSet { probes = segments.map(\.summary.filter.probe) }
    }
    /// The filters of the segments, in the same order. They are valid as long as ``segments`` holds the segments.
    private var probes: [SegmentFilter.Probe]
    /// Entries below this one have expired.
    var firstLiveEntry: Int64

    init(segments: [Segment], firstUnsealedEntry: Int64, firstLiveEntry: Int64, _ parameters: LedgerParameters) {
        self.parameters = parameters
        self.segments = segments
        probes = segments.map(\.summary.filter.probe)
        self.firstLiveEntry = firstLiveEntry
        // Twice what is sealed at a time, since new entries keep arriving while a table is sealed.
        active = MemoryTable(firstEntry: firstUnsealedEntry, capacity: 2 * parameters.entriesPerTable)
    }

    // MARK: Finding

    /// Finds the entry of a key by its hash.
    ///
    /// - Parameter isWanted: Whether a candidate's row is that of the key. It is called for later entries first, and
    ///   not at all for nearly every new key.
    func find(
        _ hash: KeyHash,
        _ repository: borrowing SegmentRepository,
        _ isWanted: (Int64) throws(SQLiteError) -> Bool
    ) throws(SQLiteError) -> Int64? {
        var candidates: [Int64] = []
        active.appendCandidates(hash, to: &candidates)
        if let found = try newest(of: &candidates, isWanted) { return found }
        if let frozen {
            frozen.appendCandidates(hash, to: &candidates)
            if let found = try newest(of: &candidates, isWanted) { return found }
        }
        // Later segments first, since they hold later entries.
        var number = probes.count
        while number > 0 {
            number -= 1
            guard probes[number].mayContain(hash: hash.rawValue) else { continue }
            try readCandidates(of: hash, in: segments[number], repository, &candidates)
            if let found = try newest(of: &candidates, isWanted) { return found }
        }
        return nil
    }

    /// Reads from each table and filter the word at which ``find(_:_:_:)`` of a hash will begin, and returns them
    /// combined, so that the compiler does not leave the reading out.
    func touch(_ hash: KeyHash) -> UInt64 {
        var words = active.touch(hash) ^ (frozen?.touch(hash) ?? 0)
        for probe in probes { words ^= probe.touch(hash: hash.rawValue) }
        return words
    }

    private func readCandidates(
        of hash: KeyHash,
        in segment: Segment,
        _ repository: borrowing SegmentRepository,
        _ candidates: inout [Int64]
    ) throws(SQLiteError) {
        for page in segment.summary.pages(for: hash) {
            let firstEntry = segment.description.firstEntry
            let isRead: Void? = try repository.withPage(page, of: segment.description.id) { codes in
                codes.appendCandidates(hash, firstEntry: firstEntry, to: &candidates)
            }
            guard isRead != nil else { throw .missingPage(page, of: segment.description.id) }
        }
    }

    private func newest(
        of candidates: inout [Int64],
        _ isWanted: (Int64) throws(SQLiteError) -> Bool
    ) throws(SQLiteError) -> Int64? {
        while let entry = candidates.popLast() {
            if entry >= firstLiveEntry, try isWanted(entry) { return entry }
        }
        return nil
    }

    // MARK: Growing

    /// Puts an entry in.
    mutating func insert(_ hash: KeyHash, entry: Int64) {
        // Sealing keeps up with new entries, so the table is full only while sealing is delayed, which cannot last
        // long.
        if active.count == active.capacity { active = active.enlarged() }
        active.insert(LedgerEntryCode(hash, entry: entry, first: active.firstEntry))
    }

    /// Removes an entry that was put in by a transaction that is being rolled back.
    func remove(_ hash: KeyHash, entry: Int64) {
        active.remove(LedgerEntryCode(hash, entry: entry, first: active.firstEntry))
    }

    /// Whether the table holds enough to be sealed.
    var isFull: Bool { active.count >= parameters.entriesPerTable }

    /// Makes a full table ready to be sealed, and starts the next one behind it.
    mutating func freeze(lastEntry: Int64) {
        precondition(frozen == nil, "one table is sealed at a time")
        frozen = active
        active = MemoryTable(firstEntry: lastEntry + 1, capacity: 2 * parameters.entriesPerTable)
    }

    /// Puts a sealed or merged segment in the place of what it was made of.
    mutating func install(_ segment: Segment, inPlaceOf inputs: [Segment]) {
        if inputs.isEmpty {
            frozen = nil
            segments.append(segment)
        } else {
            guard let first = segments.firstIndex(where: { $0 === inputs[0] }) else {
                preconditionFailure("what is merged stays in the index until it is done")
            }
            segments.replaceSubrange(first..<(first + inputs.count), with: CollectionOfOne(segment))
        }
        for (earlier, later) in zip(segments, segments.dropFirst()) {
            precondition(
                earlier.description.lastEntry + 1 == later.description.firstEntry,
                "segments follow each other without a gap"
            )
        }
    }

    /// Drops segments in which everything has expired.
    mutating func drop(_ expired: [Segment]) {
        segments.removeAll { segment in expired.contains { $0 === segment } }
    }
}

extension SQLiteError {
    /// The error of a page that its segment's description promises, but that is missing or holds no codes.
    static func missingPage(_ page: Int, of segment: Int64) -> SQLiteError {
        .missingInIndex("page \(page) of segment \(segment) of the ledger's index is missing or damaged")
    }
}
