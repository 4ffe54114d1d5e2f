import SQLite

/// A summary in the store: the filter's bytes and then the fences, on pages that each have a checksum.
extension SegmentSummary {
    /// Not a secret, since it protects against accidents only.
    private static let checksum = SipHash(key0: 0x6576_656e_746c_6564, key1: 0x7375_6d6d_6172_7921)

    private static func checksum(of bytes: UnsafeRawBufferPointer, page: Int, of segment: Int64) -> UInt64 {
        checksum.hash(UInt64(bitPattern: segment) &* 0x1_0000_0001 ^ UInt64(page), bytes)
    }

    /// Writes one page.
    func write(page: Int, of segment: Int64, _ repository: borrowing SegmentRepository) throws(SQLiteError) {
        let start = page * SegmentSummary.pageBytes
        let end = min(start + SegmentSummary.pageBytes, byteCount)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end - start)
        if start < filter.byteCount {
            filter.withBytes { bytes.append(contentsOf: $0[start..<min(end, filter.byteCount)]) }
        }
        if end > filter.byteCount {
            fences.withUnsafeBytes { all in
                bytes.append(
                    contentsOf: all[(max(start, filter.byteCount) - filter.byteCount)..<(end - filter.byteCount)]
                )
            }
        }
        try bytes.withUnsafeBufferPointer { bytes throws(SQLiteError) in
            let bytes = UnsafeRawBufferPointer(bytes)
            try repository.insertSummary(
                page,
                of: segment,
                checksum: SegmentSummary.checksum(of: bytes, page: page, of: segment),
                bytes: bytes
            )
        }
    }

    /// Reads the summary of a segment.
    ///
    /// - Returns: Nil if any part is missing or damaged; then it can be made again from the segment's pages.
    static func read(
        of segment: Segment.Description,
        _ repository: borrowing SegmentRepository
    ) throws(SQLiteError) -> SegmentSummary? {
        guard segment.isPlausible else { return nil }
        let filter = SegmentFilter(blockCount: segment.filterBlockCount)
        var fenceBytes: [UInt8] = []
        fenceBytes.reserveCapacity(8 * segment.pageCount)
        let byteCount = filter.byteCount + 8 * segment.pageCount
        var offset = 0
        try repository.readSummaries(of: segment.id) { page, stored, bytes in
            let wanted = min(pageBytes, byteCount - offset)
            guard
                page * pageBytes == offset, bytes.count == wanted, wanted > 0,
                stored == checksum(of: bytes, page: page, of: segment.id)
            else { return false }
            let filterPart = max(0, min(bytes.count, filter.byteCount - offset))
            if filterPart > 0 {
                filter.replace(at: offset, with: UnsafeRawBufferPointer(rebasing: bytes[..<filterPart]))
            }
            fenceBytes.append(contentsOf: bytes[filterPart...])
            offset += bytes.count
            return true
        }
        guard offset == byteCount else { return nil }
        let fences = fenceBytes.withUnsafeBytes { bytes in
            (0..<segment.pageCount).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) }
        }
        return SegmentSummary(filter: filter, fences: fences)
    }

    /// Makes a summary again from the pages of its segment.
    ///
    /// - Returns: Nil if a page is missing, or holds other codes than it should.
    static func rebuilt(
        of segment: Segment.Description,
        _ repository: borrowing SegmentRepository
    ) throws(SQLiteError) -> SegmentSummary? {
        guard segment.isPlausible else { return nil }
        let filter = SegmentFilter(blockCount: segment.filterBlockCount)
        var fences: [UInt64] = []
        var last: UInt64 = 0
        var count = 0
        for page in 0..<segment.pageCount {
            let isSorted = try repository.withPage(page, of: segment.id) { codes in
                fences.append(codes[0])
                for index in 0..<codes.count {
                    guard codes[index] > last else { return false }
                    last = codes[index]
                    filter.insert(hash: LedgerEntryCode(rawValue: last).hash)
                }
                count += codes.count
                return true
            }
            guard isSorted == true else { return nil }
        }
        return count == segment.entryCount ? SegmentSummary(filter: filter, fences: fences) : nil
    }

    /// Replaces the stored summary by this one.
    func replace(of segment: Int64, _ repository: borrowing SegmentRepository) throws(SQLiteError) {
        try repository.deleteSummaries(of: segment)
        for page in 0..<((byteCount + SegmentSummary.pageBytes - 1) / SegmentSummary.pageBytes) {
            try write(page: page, of: segment, repository)
        }
    }
}
