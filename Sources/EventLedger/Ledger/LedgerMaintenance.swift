import DequeModule
import EventModel
import SQLite

/// What keeps the ledger's index small and its cost flat: full tables are sealed, segments are merged by levels, and what
/// nobody needs any more is deleted.
///
/// All of it is done a step at a time inside the writer's transactions, and new entries pay for the steps, so that the work
/// keeps up with them and no caller ever waits for more than a few pages. What a transaction did counts from its
/// ``commit(_:)``. After ``rollBack()`` what was being made is begun again.
struct LedgerMaintenance {
    private let parameters: LedgerParameters
    /// One segment at a time of each level; level 0 is a table that is sealed.
    private var builds: [SegmentBuild?]
    private var nextSegment: Int64
    /// New entries that have not been worked off yet.
    private var credit = 0

    /// Segments of which pages are left that do not count any more.
    private var garbage: Deque<Int64>
    /// The row from which on rows are left that have expired.
    private var firstStoredEntry: Int64

    /// What the open transaction completed; it counts once that is committed.
    private var completed: [(segment: Segment, inputs: [Segment])] = []
    private var dropped: [Segment] = []
    private var committedGarbage: Deque<Int64>
    private var committedFirstStoredEntry: Int64

    /// Set after an error in merging, such as a damaged page: then segments stay as they are, and everything else goes on.
    private(set) var isMergingSuspended = false

    /// - Parameters:
    ///   - nextSegment: A number above those of all segments and their pages.
    ///   - garbage: Segments that do not count, but of which there are pages.
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

    /// Whether there is a step to be done.
    func hasWork(_ index: LedgerIndex) -> Bool {
        index.frozen != nil || !garbage.isEmpty || firstStoredEntry < index.firstLiveEntry
            || (!isMergingSuspended
                && (1...parameters.highestLevel).contains { builds[$0] != nil || canMerge(to: $0, index) })
    }

    /// Works off what new entries have paid for.
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
    /// - Returns: False where there is nothing to do in this transaction.
    mutating func step(
        _ index: LedgerIndex,
        _ repository: borrowing SegmentRepository,
        _ entries: borrowing IdempotencyRepository
    ) throws(SQLiteError) -> Bool {
        // A transaction completes one segment: the index that the next one builds on is not there before the commit.
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

    /// The lowest level that a segment is being made for, or can be: small merges are short, and keep the number of
    /// segments low.
    private mutating func levelToMerge(_ index: LedgerIndex) -> Int? {
        for level in 1..<(parameters.highestLevel + 1) {
            if builds[level] != nil { return level }
            guard canMerge(to: level, index) else { continue }
            // The oldest ones of a level stand together, since a merge always takes the oldest.
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
        // The oldest only, so that the ones that stay go on following each other.
        guard
            let oldest = index.segments.first(where: { segment in !dropped.contains { $0 === segment } }),
            oldest.description.lastEntry < index.firstLiveEntry,
            !builds.contains(where: { build in build?.inputs.contains { $0 === oldest } == true })
        else { return nil }
        return oldest
    }

    // MARK: The transaction's end

    /// What was done since the last call stands.
    mutating func commit(_ index: inout LedgerIndex) {
        if !dropped.isEmpty { index.drop(dropped) }
        for (segment, inputs) in completed { index.install(segment, inPlaceOf: inputs) }
        completed.removeAll(keepingCapacity: true)
        dropped.removeAll(keepingCapacity: true)
        committedGarbage = garbage
        committedFirstStoredEntry = firstStoredEntry
    }

    /// What was done since the last commit is forgotten. Segments that were being made are begun again under new numbers,
    /// because what is written of them is not known any more.
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
