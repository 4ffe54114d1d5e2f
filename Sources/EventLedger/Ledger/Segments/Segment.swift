/// A sealed run of the ledger's index: the codes of a range of entries, sorted, on pages in the store that never
/// change. Memory holds only what is needed to find the right page: a filter over the keys, and the first code of each
/// page.
final class Segment {
    /// What the store records about a segment.
    struct Description: Sendable, Hashable {
        /// The segment's number, which is never given out again.
        var id: Int64
        /// How often its entries were merged; 0 for a segment that was only sealed.
        var level: Int
        /// The range of entries that the segment stands for. Those that had expired when it was made are left out.
        var firstEntry: Int64
        var lastEntry: Int64
        /// How many codes there are.
        var entryCount: Int
        /// How many pages they fill.
        var pageCount: Int
        /// The size of the filter.
        var filterBlockCount: Int

        /// Whether such a segment can exist; a damaged file can say anything.
        var isPlausible: Bool {
            let length = lastEntry.subtractingReportingOverflow(firstEntry)
            return (1..<(1 << 38)).contains(id) && (0...15).contains(level) && firstEntry > 0 && !length.overflow
                && (0..<LedgerEntryCode.maximumOffset).contains(length.partialValue)
                && (0...(length.partialValue + 1)).contains(Int64(entryCount))
                && (0...min(entryCount, 1 << 24 - 1)).contains(pageCount)
                // No filter has more than eight bytes for a key. Its size is chosen for all keys of the range, before
                // it is known which of them have expired.
                && (1...(1 + (length.partialValue + 1) / 8)).contains(Int64(filterBlockCount))
        }

        /// Whether it can come directly behind another segment: its entries follow, and it was not merged more often,
        /// since a merge always takes the oldest.
        func canFollow(_ earlier: Description) -> Bool {
            earlier.lastEntry &+ 1 == firstEntry && level <= earlier.level
        }

        /// Whether it has a code for each of its entries that has not expired. A segment that claims to reach further
        /// than its codes would hide the keys of the entries beyond them.
        func isComplete(firstLiveEntry: Int64) -> Bool {
            isPlausible && Int64(entryCount) >= lastEntry - max(firstEntry, firstLiveEntry) + 1
        }
    }

    let description: Description
    let summary: SegmentSummary

    init(_ description: Description, _ summary: SegmentSummary) {
        precondition(description.pageCount == summary.fences.count, "a segment has a fence for each page")
        precondition(description.filterBlockCount == summary.filter.blockCount, "a segment has the filter it says")
        self.description = description
        self.summary = summary
    }
}

/// What is kept in memory of a segment, and stored beside its pages so that opening the store need not read those.
struct SegmentSummary {
    let filter: SegmentFilter
    /// The first code of each page.
    var fences: [UInt64]

    /// The size of the summary in the store, in bytes.
    var byteCount: Int { filter.byteCount + 8 * fences.count }

    /// How many bytes one page of a summary holds: as many lines of the filter as fit in one page of the database.
    static let pageBytes = 4_032

    /// The pages that can hold codes with a hash. Codes of one hash may extend over several pages.
    func pages(for hash: KeyHash) -> Range<Int> {
        let lowest = LedgerEntryCode.lowest(of: hash)
        // The first page that begins at or behind the hash; the one before it may end with it.
        let next = fences.partitioningIndex { $0 >= lowest }
        var end = next
        while end < fences.count, LedgerEntryCode(rawValue: fences[end]).hash == hash.rawValue { end += 1 }
        return max(0, next - 1)..<end
    }
}

extension RandomAccessCollection {
    /// The first index whose element belongs to the second part, as every later one does.
    func partitioningIndex(where belongsInSecondPartition: (Element) -> Bool) -> Index {
        var start = startIndex
        var rest = count
        while rest > 0 {
            let half = rest / 2
            let middle = index(start, offsetBy: half)
            if belongsInSecondPartition(self[middle]) {
                rest = half
            } else {
                start = index(after: middle)
                rest -= half + 1
            }
        }
        return start
    }
}
