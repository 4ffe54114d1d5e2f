import DequeModule
import EventModel
import SQLite

/// Keeps the ledger's index small and its cost flat: full tables are sealed, segments are merged by levels, and what
/// nobody needs any more is deleted.
///
/// All of this is done a step at a time inside the writer's transactions. New entries pay for the steps, so the work
/// keeps up with them, and no caller ever waits for more than a few pages. What a transaction did counts from its
/// ``commit(_:)``. After ``rollBack()`` segments that were being made are begun again.
struct LedgerMaintenance {
    private let parameters: LedgerParameters
    /// At most one segment of each level is being made; level 0 is a table that is being sealed.
    private var builds: [SegmentBuild?]
    private var nextSegment: Int64
    /// New entries whose steps have not been done yet.
    private var credit = 0

    /// Segments that no longer count, but of which pages are left.
    private var garbage: Deque<Int64>
    /// The first row that is stored; rows from here up to the first live entry have expired and are to be deleted.
    private var firstStoredEntry: Int64

    /// What the open transaction completed; it counts once the transaction is committed.
    private var completed: [(segment: Segment, inputs: [Segment])] = []
    private var dropped: [Segment] = []
    private var committedGarbage: Deque<Int64>
    private var committedFirstStoredEntry: Int64

    /// Set when merging has met damage, such as a damaged page: then segments are not merged any more, and everything
    /// else goes on.
    private(set) var isMergingSuspended = false

    /// - Parameters:
    ///   - nextSegment: A number above those of all segments and their pages.
    ///   - garbage: Segments that do not count, but of which pages are left.
    ///   - firstStoredEntry: The number of the first row.
    init(nextSegment: Int64, garbage: [Int64], firstStoredEntry: Int64, _ parameters: LedgerParameters) {
        self.parameters = parameters
        self.nextSegment = nextSegment
        self.garbage = Deque(garbage)
        self.firstStoredEntry = firstStoredEntry
        committedGarbage = self.garbage
        committedFirstStoredEntry = firstStoredEntry
        builds = Array(repeating: nil, count: parameters.highestLevel + 1)
    }

    // MARK: When there is something to do

    /// Whether there is a step to do.
    func hasWork(_ index: LedgerIndex) -> Bool {
        index.frozen != nil || !garbage.isEmpty || firstStoredEntry < index.firstLiveEntry
            || (!isMergingSuspended
                && (1...parameters.highestLevel).contains { builds[$0] != nil || canMerge(to: $0, index) })
    }

    /// Does the steps that new entries have paid for.
    mutating func work(
        for newEntries: Int,
        _ index: LedgerIndex,
        _ repository: borrowing SegmentRepository,
        _ entries: borrowing IdempotencyRepository
    ) throws(SQLiteError) {
        credit += newEntries
        while credit >= parameters.entriesPerStep {
            guard try step(index, repository, entries) else {
                credit = 0
                return
            }
            credit -= parameters.entriesPerStep
        }
    }

    /// Does one step: writes one page, or deletes a few.
    ///
    /// - Returns: False if there is nothing to do in this transaction.
    mutating func step(
        _ index: LedgerIndex,
        _ repository: borrowing SegmentRepository,
        _ entries: borrowing IdempotencyRepository
    ) throws(SQLiteError) -> Bool {
        // A transaction completes one segment at most: the index that the next one builds on does not exist before the
        // commit.
        guard completed.isEmpty else { return false }
        if let table = index.frozen {
            if builds[0] == nil {
                let lastEntry = index.active.firstEntry - 1
                builds[0] = SegmentBuild(id: takeNumber(), sealing: table, lastEntry: lastEntry, parameters)
            }
            try stepBuild(0, repository)
            return true
        }
        if !isMergingSuspended, let level = levelToMerge(index) {
            do throws(SQLiteError) {
                try stepBuild(level, repository)
            } catch {
                guard error.isDamage else { throw error }
                isMergingSuspended = true
            }
            return true
        }
        return try deleteLeftovers(index, repository, entries)
    }

    private mutating func stepBuild(_ level: Int, _ repository: borrowing SegmentRepository) throws(SQLiteError) {
        guard let segment = try builds[level]?.step(repository), let inputs = builds[level]?.inputs else { return }
        completed.append((segment, inputs))
        for input in inputs { garbage.append(input.description.id) }
        builds[level] = nil
    }

    private mutating func takeNumber() -> Int64 {
        defer { nextSegment += 1 }
        return nextSegment
    }

    // MARK: Merging

    private func canMerge(to level: Int, _ index: LedgerIndex) -> Bool {
        index.segments.count { $0.description.level == level - 1 } >= parameters.mergeFanOut
    }

    /// The lowest level for which a segment is being made or can be made: small merges are short, and keep the number
    /// of segments low.
    private mutating func levelToMerge(_ index: LedgerIndex) -> Int? {
        for level in 1..<(parameters.highestLevel + 1) {
            if builds[level] != nil { return level }
            guard canMerge(to: level, index) else { continue }
            // The oldest segments of a level are next to each other, since a merge always takes the oldest.
            let inputs = index.segments.filter { $0.description.level == level - 1 }.prefix(parameters.mergeFanOut)
            builds[level] = SegmentBuild(
                id: takeNumber(),
                merging: Array(inputs),
                firstLiveEntry: index.firstLiveEntry,
                parameters
            )
            return level
        }
        return nil
    }

    // MARK: Deleting

    private mutating func deleteLeftovers(
        _ index: LedgerIndex,
        _ repository: borrowing SegmentRepository,
        _ entries: borrowing IdempotencyRepository
    ) throws(SQLiteError) -> Bool {
        if let segment = garbage.first {
            if try repository.deletePages(of: segment, atMost: Limits.ledgerPagesDeletedPerStep) {
                garbage.removeFirst()
            }
            return true
        }
        if let expired = segmentToDrop(index) {
            try repository.delete(expired.description.id)
            dropped.append(expired)
            garbage.append(expired.description.id)
            return true
        }
        guard firstStoredEntry < index.firstLiveEntry else { return false }
        let end = min(firstStoredEntry + Int64(Limits.ledgerRowsDeletedPerStep), index.firstLiveEntry)
        try entries.delete(from: firstStoredEntry, upTo: end)
        firstStoredEntry = end
        return true
    }

    /// The oldest segment, if everything in it has expired and no merge is reading it.
    private func segmentToDrop(_ index: LedgerIndex) -> Segment? {
        // Only the oldest, so that the remaining segments still follow each other.
        guard
            let oldest = index.segments.first(where: { segment in !dropped.contains { $0 === segment } }),
            oldest.description.lastEntry < index.firstLiveEntry,
            !builds.contains(where: { build in build?.inputs.contains { $0 === oldest } == true })
        else { return nil }
        return oldest
    }

    // MARK: The transaction's end

    /// Keeps what was done since the last call.
    mutating func commit(_ index: inout LedgerIndex) {
        if !dropped.isEmpty { index.drop(dropped) }
        for (segment, inputs) in completed { index.install(segment, inPlaceOf: inputs) }
        completed.removeAll(keepingCapacity: true)
        dropped.removeAll(keepingCapacity: true)
        committedGarbage = garbage
        committedFirstStoredEntry = firstStoredEntry
    }

    /// Forgets what was done since the last commit. Segments that were being made are begun again under new numbers,
    /// because it is no longer known what is written of them.
    mutating func rollBack() {
        garbage = committedGarbage
        firstStoredEntry = committedFirstStoredEntry
        for level in builds.indices {
            guard let build = builds[level] else { continue }
            garbage.append(build.id)
            builds[level] = nil
        }
        for (segment, _) in completed { garbage.append(segment.description.id) }
        committedGarbage = garbage
        completed.removeAll()
        dropped.removeAll()
        credit = 0
    }
}
