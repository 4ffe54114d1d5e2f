import EventModel
import SQLite

/// A segment that is being made. It is written a page at a time, by as many transactions as that takes, and counts from
/// the transaction that also writes its description.
///
/// If a crash or a rollback prevents that, the pages written for it are garbage: no description names them.
struct SegmentBuild {
    /// Where the codes come from, in their order.
    enum Source {
        /// A table that takes no more entries, and the place at which to go on.
        case table(MemoryTable, place: Int)
        /// Segments that follow each other.
        case merge(SegmentMerge)
    }

    /// The number of the new segment.
    let id: Int64
    let level: Int
    let firstEntry: Int64
    let lastEntry: Int64
    /// The segments that the new one replaces.
    let inputs: [Segment]

    private var source: Source
    private let codesPerPage: Int
    private var codes: [UInt64] = []
    private var entryCount = 0
    private var summary: SegmentSummary
    private var summaryPagesWritten = 0
    private var hasAllPages = false

    /// Makes a segment of a table.
    init(id: Int64, sealing table: MemoryTable, lastEntry: Int64, _ parameters: LedgerParameters) {
        self.init(
            id: id,
            level: 0,
            entries: table.firstEntry...lastEntry,
            inputs: [],
            source: .table(table, place: 0),
            count: table.count,
            parameters
        )
    }

    /// Makes one segment of several that follow each other.
    init(id: Int64, merging segments: [Segment], firstLiveEntry: Int64, _ parameters: LedgerParameters) {
        precondition(segments.count > 1, "a merge takes at least two segments")
        let firstEntry = segments[0].description.firstEntry
        self.init(
            id: id,
            level: segments[0].description.level + 1,
            entries: firstEntry...segments[segments.count - 1].description.lastEntry,
            inputs: segments,
            source: .merge(SegmentMerge(segments, firstLiveEntry: firstLiveEntry)),
            count: segments.reduce(0) { $0 + $1.description.entryCount },
            parameters
        )
    }

    private init(
        id: Int64,
        level: Int,
        entries: ClosedRange<Int64>,
        inputs: [Segment],
        source: Source,
        count: Int,
        _ parameters: LedgerParameters
    ) {
        self.id = id
        self.level = level
        self.firstEntry = entries.lowerBound
        self.lastEntry = entries.upperBound
        self.inputs = inputs
        self.source = source
        self.codesPerPage = parameters.codesPerPage
        summary = SegmentSummary(
            filter: SegmentFilter(keyCount: count, bitsPerKey: parameters.filterBitsPerKey),
            fences: []
        )
        codes.reserveCapacity(codesPerPage)
    }

    /// Writes the next page.
    ///
    /// - Returns: The segment, once all of it and its description are written; nil as long as there is more to write.
    mutating func step(_ repository: borrowing SegmentRepository) throws(SQLiteError) -> Segment? {
        if !hasAllPages {
            try writePage(repository)
            return nil
        }
        if try writeSummaryPage(repository) { return nil }
        let description = Segment.Description(
            id: id,
            level: level,
            firstEntry: firstEntry,
            lastEntry: lastEntry,
            entryCount: entryCount,
            pageCount: summary.fences.count,
            filterBlockCount: summary.filter.blockCount
        )
        // In one transaction: from here on the new one counts, and the old ones do not.
        for input in inputs { try repository.delete(input.description.id) }
        try repository.insert(description)
        return Segment(description, summary)
    }

    private mutating func writePage(_ repository: borrowing SegmentRepository) throws(SQLiteError) {
        codes.removeAll(keepingCapacity: true)
        switch source {
        case .table(let table, var place):
            table.append(to: &codes, upTo: codesPerPage, from: &place)
            source = .table(table, place: place)
        case .merge(let merge):
            try merge.append(to: &codes, upTo: codesPerPage, repository)
        }
        guard let first = codes.first else {
            hasAllPages = true
            return
        }
        for code in codes { summary.filter.insert(hash: LedgerEntryCode(rawValue: code).hash) }
        try repository.insertPage(summary.fences.count, of: id, codes: codes)
        summary.fences.append(first)
        entryCount += codes.count
    }

    /// Writes the next page of the summary; returns false if there is none.
    private mutating func writeSummaryPage(_ repository: borrowing SegmentRepository) throws(SQLiteError) -> Bool {
        guard summaryPagesWritten * SegmentSummary.pageBytes < summary.byteCount else { return false }
        try summary.write(page: summaryPagesWritten, of: id, repository)
        summaryPagesWritten += 1
        return true
    }
}

/// Reads several segments together, in the order of their codes.
///
/// It has state, and is a class so that it can be read through a build, which is a value; nothing else refers to it.
final class SegmentMerge {
    private struct Input {
        let segment: Segment
        /// What is added to a code of this segment to make it a code of the merged one.
        let shift: UInt64
        var nextPage = 0
        var codes: [UInt64] = []
        var position = 0
    }

    private var inputs: [Input]
    private let firstEntry: Int64
    private let firstLiveEntry: Int64

    init(_ segments: [Segment], firstLiveEntry: Int64) {
        let firstEntry = segments[0].description.firstEntry
        self.firstEntry = firstEntry
        self.firstLiveEntry = firstLiveEntry
        inputs = segments.map { segment in
            Input(segment: segment, shift: UInt64(segment.description.firstEntry - firstEntry))
        }
    }

    /// Appends codes until there are `count` of them or no more are left, leaving out those of expired entries.
    func append(
        to codes: inout [UInt64],
        upTo count: Int,
        _ repository: borrowing SegmentRepository
    ) throws(SQLiteError) {
        while codes.count < count {
            guard let least = try indexOfLeast(repository) else { return }
            let code = inputs[least].codes[inputs[least].position]
            inputs[least].position += 1
            guard LedgerEntryCode(rawValue: code).entry(first: firstEntry) >= firstLiveEntry else { continue }
            codes.append(code)
        }
    }

    private func indexOfLeast(_ repository: borrowing SegmentRepository) throws(SQLiteError) -> Int? {
        var least: Int?
        var leastCode = UInt64.max
        for index in inputs.indices {
            if inputs[index].position == inputs[index].codes.count {
                guard try readPage(of: index, repository) else { continue }
            }
            let code = inputs[index].codes[inputs[index].position]
            if code < leastCode {
                least = index
                leastCode = code
            }
        }
        return least
    }

    private func readPage(of index: Int, _ repository: borrowing SegmentRepository) throws(SQLiteError) -> Bool {
        let description = inputs[index].segment.description
        guard inputs[index].nextPage < description.pageCount else { return false }
        let page = inputs[index].nextPage
        let shift = inputs[index].shift
        var codes = inputs[index].codes
        inputs[index].codes = []
        codes.removeAll(keepingCapacity: true)
        let isRead: Void? = try repository.withPage(page, of: description.id) {
            $0.append(to: &codes, shiftedBy: shift)
        }
        guard isRead != nil else { throw .missingPage(page, of: description.id) }
        inputs[index].codes = codes
        inputs[index].position = 0
        inputs[index].nextPage += 1
        return true
    }
}
