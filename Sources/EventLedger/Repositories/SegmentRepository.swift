import EventModel
import SQLite

/// The tables of the ledger's index: `ledger_segments`, `ledger_pages` and `ledger_summaries`.
///
/// A page's key is its segment's number followed by its own, so that the pages of a segment are together and in order.
struct SegmentRepository: ~Copyable {
    private let selectSegments: Statement
    private let insertSegment: Statement
    private let deleteSegment: Statement
    private let insertPage: Statement
    private let selectPage: Statement
    private let deletePages: Statement
    private let insertSummary: Statement
    private let selectSummaries: Statement
    private let deleteSummaries: Statement
    private let nextPage: Statement
    private let nextSummary: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        let selectSegments = try connection.prepare(SQL.selectSegments)
        let insertSegment = try connection.prepare(SQL.insertSegment)
        let deleteSegment = try connection.prepare(SQL.deleteSegment)
        let insertPage = try connection.prepare(SQL.insertSegmentPage)
        let selectPage = try connection.prepare(SQL.selectSegmentPage)
        let deletePages = try connection.prepare(SQL.deleteSegmentPages)
        let insertSummary = try connection.prepare(SQL.insertSummaryPage)
        let selectSummaries = try connection.prepare(SQL.selectSummaryPages)
        let deleteSummaries = try connection.prepare(SQL.deleteSummaryPages)
        let nextPage = try connection.prepare(SQL.selectNextSegmentPage)
        let nextSummary = try connection.prepare(SQL.selectNextSummaryPage)
        self.selectSegments = selectSegments
        self.insertSegment = insertSegment
        self.deleteSegment = deleteSegment
        self.insertPage = insertPage
        self.selectPage = selectPage
        self.deletePages = deletePages
        self.insertSummary = insertSummary
        self.selectSummaries = selectSummaries
        self.deleteSummaries = deleteSummaries
        self.nextPage = nextPage
        self.nextSummary = nextSummary
    }

    /// How many bits a page's own number has.
    private static let pageBits: Int64 = 24

    private static func key(_ segment: Int64, _ page: Int) -> Int64 {
        precondition((0..<(1 << Int(pageBits))).contains(page), "a page's number has 24 bits")
        return segment << pageBits | Int64(page)
    }

    // MARK: Segments

    /// The segments that count, in the order of their entries.
    func segments() throws(SQLiteError) -> [Segment.Description] {
        var segments: [Segment.Description] = []
        try selectSegments.forEach { row in
            segments.append(
                Segment.Description(
                    id: row.integer(0),
                    level: Int(row.integer(1)),
                    firstEntry: row.integer(2),
                    lastEntry: row.integer(3),
                    entryCount: Int(row.integer(4)),
                    pageCount: Int(row.integer(5)),
                    filterBlockCount: Int(row.integer(6))
                )
            )
            return true
        }
        return segments
    }

    func insert(_ segment: Segment.Description) throws(SQLiteError) {
        try insertSegment.run {
            $0.set(1, segment.id)
            $0.set(2, Int64(segment.level))
            $0.set(3, segment.firstEntry)
            $0.set(4, segment.lastEntry)
            $0.set(5, Int64(segment.entryCount))
            $0.set(6, Int64(segment.pageCount))
            $0.set(7, Int64(segment.filterBlockCount))
        }
    }

    /// Removes a segment from those that count. Its pages are deleted separately.
    func delete(_ segment: Int64) throws(SQLiteError) {
        try deleteSegment.run { $0.set(1, segment) }
    }

    // MARK: Pages of codes

    func insertPage(_ page: Int, of segment: Int64, codes: [UInt64]) throws(SQLiteError) {
        try codes.withUnsafeBufferPointer { codes throws(SQLiteError) in
            try insertPage.run {
                $0.set(1, SegmentRepository.key(segment, page))
                $0.set(2, borrowedBlob: UnsafeRawBufferPointer(codes))
            }
        }
    }

    /// Lends the codes of a page to `read`; nil if there is no such page, or if it does not hold whole codes.
    func withPage<Result>(
        _ page: Int,
        of segment: Int64,
        _ read: (SegmentPage) -> Result
    ) throws(SQLiteError) -> Result? {
        let result = try selectPage.first {
            $0.set(1, SegmentRepository.key(segment, page))
        } read: { row in
            row.withBytes(0) { span in
                span.withUnsafeBytes { bytes in
                    bytes.count.isMultiple(of: 8) && !bytes.isEmpty ? read(SegmentPage(bytes: bytes)) : nil
                }
            }
        }
        return result ?? nil
    }

    // MARK: Summaries

    func insertSummary(
        _ page: Int,
        of segment: Int64,
        checksum: UInt64,
        bytes: UnsafeRawBufferPointer
    ) throws(SQLiteError) {
        try insertSummary.run {
            $0.set(1, SegmentRepository.key(segment, page))
            $0.set(2, Int64(bitPattern: checksum))
            $0.set(3, borrowedBlob: bytes)
        }
    }

    /// Lends the pages of a summary, in order, until `read` wants no more.
    func readSummaries(
        of segment: Int64,
        _ read: (_ page: Int, _ checksum: UInt64, UnsafeRawBufferPointer) -> Bool
    ) throws(SQLiteError) {
        try selectSummaries.forEach {
            $0.set(1, SegmentRepository.key(segment, 0))
            $0.set(2, SegmentRepository.key(segment + 1, 0))
        } read: { row in
            let page = Int(row.integer(0) & (1 << SegmentRepository.pageBits - 1))
            let checksum = UInt64(bitPattern: row.integer(1))
            return row.withBytes(2) { span in
                span.withUnsafeBytes { read(page, checksum, $0) }
            }
        }
    }

    func deleteSummaries(of segment: Int64) throws(SQLiteError) {
        try deleteSummaries.run {
            $0.set(1, SegmentRepository.key(segment, 0))
            $0.set(2, SegmentRepository.key(segment + 1, 0))
        }
    }

    // MARK: What is left of segments that do not count

    /// Deletes the first pages of a segment, at most `count` of each kind.
    ///
    /// - Returns: Whether nothing is left of the segment.
    func deletePages(of segment: Int64, atMost count: Int) throws(SQLiteError) -> Bool {
        var isGone = true
        let end = SegmentRepository.key(segment + 1, 0)
        if let first = try first(nextPage, at: SegmentRepository.key(segment, 0)), first < end {
            try delete(deletePages, from: first, to: min(end, first + Int64(count)))
            isGone = false
        }
        if let first = try first(nextSummary, at: SegmentRepository.key(segment, 0)), first < end {
            try delete(deleteSummaries, from: first, to: min(end, first + Int64(count)))
            isGone = false
        }
        return isGone
    }

    /// The numbers of all segments that have pages, whether they count or not.
    func segmentsWithPages() throws(SQLiteError) -> Set<Int64> {
        var found: Set<Int64> = []
        for statement in 0..<2 {
            var next: Int64 = 0
            while let page = try first(at: next, inSummaries: statement == 1) {
                let segment = page >> SegmentRepository.pageBits
                guard (0..<(1 << 38)).contains(segment) else {
                    throw SQLiteError.damage("the ledger's index has pages with numbers out of range")
                }
                found.insert(segment)
                next = SegmentRepository.key(segment + 1, 0)
            }
        }
        return found
    }

    private func first(at key: Int64, inSummaries: Bool) throws(SQLiteError) -> Int64? {
        inSummaries ? try first(nextSummary, at: key) : try first(nextPage, at: key)
    }

    private func first(_ statement: borrowing Statement, at key: Int64) throws(SQLiteError) -> Int64? {
        try statement.first {
            $0.set(1, key)
        } read: { row in
            row.integer(0)
        }
    }

    private func delete(_ statement: borrowing Statement, from first: Int64, to end: Int64) throws(SQLiteError) {
        try statement.run {
            $0.set(1, first)
            $0.set(2, end)
        }
    }
}

/// The codes of one page, in order, borrowed.
///
/// They are 8-byte words, the lowest byte first, which is how every machine that this runs on has them in memory.
struct SegmentPage {
    let bytes: UnsafeRawBufferPointer

    var count: Int { bytes.count / 8 }

    subscript(index: Int) -> UInt64 {
        precondition(index >= 0 && index < count, "a page is read within its bounds")
        return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
    }

    /// Appends the numbers of the entries whose keys have the given hash, the oldest first.
    func appendCandidates(_ hash: KeyHash, firstEntry: Int64, to candidates: inout [Int64]) {
        let lowest = LedgerEntryCode.lowest(of: hash)
        var index = (0..<count).partitioningIndex { self[$0] >= lowest }
        while index < count {
            let code = LedgerEntryCode(rawValue: self[index])
            guard code.hash == hash.rawValue else { return }
            candidates.append(code.entry(first: firstEntry))
            index += 1
        }
    }

    /// Appends all codes, adjusted for a segment that begins earlier.
    func append(to codes: inout [UInt64], shiftedBy shift: UInt64) {
        for index in 0..<count { codes.append(self[index] &+ shift) }
    }
}
