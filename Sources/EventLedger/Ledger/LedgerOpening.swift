import EventModel
import SQLite

/// Loads the ledger's index when a store is opened: it reads the summaries of the segments, and only those of the
/// ledger's rows that are not sealed yet.
///
/// Everything in the index can be made again from the ledger's rows. So a damaged summary is made again from its
/// segment's pages, and an inconsistent segment is given up and sealed again.
struct LedgerOpening: ~Copyable {
    private let entries: IdempotencyRepository
    private let repository: SegmentRepository
    private let hasher: KeyHasher
    private let parameters: LedgerParameters
    /// Receives a description of each repair.
    private let noteRepair: (String) -> Void

    init(
        _ connection: borrowing Connection,
        _ hasher: KeyHasher,
        _ parameters: LedgerParameters,
        noteRepair: @escaping (String) -> Void
    ) throws(SQLiteError) {
        let entries = try IdempotencyRepository(connection)
        let repository = try SegmentRepository(connection)
        self.entries = entries
        self.repository = repository
        self.hasher = hasher
        self.parameters = parameters
        self.noteRepair = noteRepair
    }

    /// Opens the ledger for writing.
    consuming func open(_ connection: borrowing Connection) throws(SQLiteError) -> IdempotencyLedger {
        let bounds = try entries.bounds()
        let segments = try loadSegments(bounds, connection)
        let known = try repository.segmentsWithPages()
        let counting = Set(segments.map(\.description.id))
        let firstUnsealed = segments.last.map { $0.description.lastEntry + 1 } ?? bounds.firstLive
        var index = LedgerIndex(
            segments: segments,
            firstUnsealedEntry: firstUnsealed,
            firstLiveEntry: bounds.firstLive,
            parameters
        )
        var maintenance = LedgerMaintenance(
            nextSegment: max(known.max() ?? 0, counting.max() ?? 0) + 1,
            garbage: known.subtracting(counting).sorted(),
            firstStoredEntry: bounds.firstStored,
            parameters
        )
        var last = IdempotencyLedger.LastEntry(
            number: bounds.end,
            acceptedAt: Timestamp(millisecondsSinceEpoch: 0)
        )
        if let acceptedAt = try entries.acceptedAt(bounds.last) { last.acceptedAt = acceptedAt }
        try readTail(from: firstUnsealed, live: bounds.firstLive, into: &index, &maintenance, connection)
        guard LedgerEntryCode.hasRoom(for: last.number + 1, first: index.active.firstEntry) else {
            throw .damage("the ledger's last row has number \(last.number), which does not follow the others")
        }
        return IdempotencyLedger(entries, repository, index: index, maintenance: maintenance, last: last)
    }

    // MARK: Segments

    /// The consistent segments, from the first one on. Segments behind an inconsistent one are given up with it, so
    /// that what is left to be sealed is one range at the end.
    private func loadSegments(
        _ bounds: IdempotencyRepository.Bounds,
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> [Segment] {
        let descriptions = try repository.segments()
        var segments: [Segment] = []
        for description in descriptions {
            let follows = segments.last.map { description.canFollow($0.description) } ?? true
            // Only expired entries may lie before the first segment; a live one there is missing from the index.
            let isFirst = segments.isEmpty && description.firstEntry <= bounds.firstLive
            guard follows, isFirst || !segments.isEmpty, description.isComplete(firstLiveEntry: bounds.firstLive),
                let summary = try summary(of: description, connection)
            else { break }
            segments.append(Segment(description, summary))
        }
        let lost = descriptions.dropFirst(segments.count)
        if !lost.isEmpty {
            let transaction = try connection.beginImmediate()
            for description in lost { try repository.delete(description.id) }
            try transaction.commit()
            noteRepair("\(lost.count) damaged segments of the ledger's index are made again from the ledger")
        }
        return segments
    }

    private func summary(
        of segment: Segment.Description,
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> SegmentSummary? {
        if let summary = try SegmentSummary.read(of: segment, repository) { return summary }
        guard let summary = try SegmentSummary.rebuilt(of: segment, repository) else { return nil }
        let transaction = try connection.beginImmediate()
        try summary.replace(of: segment.id, repository)
        try transaction.commit()
        noteRepair("the filter of segment \(segment.id) was damaged and was made again")
        return summary
    }

    // MARK: The tail

    /// Reads the rows that are not sealed yet. There are few of them, except in a store that had another index before,
    /// or whose segments were given up: then they are sealed on the way, a table at a time.
    ///
    /// - Parameter firstLive: From this entry on no row may be missing. It may have been that of a key that comes
    ///   again.
    private func readTail(
        from first: Int64,
        live firstLive: Int64,
        into index: inout LedgerIndex,
        _ maintenance: inout LedgerMaintenance,
        _ connection: borrowing Connection
    ) throws(SQLiteError) {
        var next = first
        while true {
            var count = 0
            try entries.forEachRow(from: next, atMost: Limits.ledgerRowsPerRead) { row throws(SQLiteError) in
                // In a damaged file rows come in any order; reading on from a lower one would never end.
                guard row.number >= next, LedgerEntryCode.hasRoom(for: row.number, first: index.active.firstEntry)
                else {
                    throw .damage("the ledger has an entry of number \(row.number) out of its order")
                }
                guard row.number <= max(next, firstLive) else {
                    throw .damage("entries \(max(next, firstLive)) to \(row.number - 1) of the ledger are missing")
                }
                index.insert(hasher.hash(bytes: row.key, in: row.account), entry: row.number)
                next = row.number + 1
                count += 1
                return !index.isFull
            }
            if index.isFull {
                try seal(&index, &maintenance, connection)
                index.freeze(lastEntry: next - 1)
            } else if count < Limits.ledgerRowsPerRead {
                return
            }
        }
    }

    /// Seals the table that is waiting to be sealed, if there is one.
    private func seal(
        _ index: inout LedgerIndex,
        _ maintenance: inout LedgerMaintenance,
        _ connection: borrowing Connection
    ) throws(SQLiteError) {
        while index.frozen != nil {
            let transaction = try connection.beginImmediate()
            for _ in 0..<Limits.ledgerStepsPerOpeningTransaction {
                guard try maintenance.step(index, repository, entries) else { break }
            }
            try transaction.commit()
            maintenance.commit(&index)
        }
    }
}
