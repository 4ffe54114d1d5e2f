/// Recognizes nearly every key that is not in a segment: a Bloom filter in blocks of one cache line (Putze, Sanders and
/// Singler, "Cache-, hash- and space-efficient Bloom filters", 2007).
///
/// The upper part of a key's hash gives its block, so keys that come in the order of their hashes fill the blocks from
/// the first to the last. In its block a key sets one bit in each of the eight words.
///
/// At twelve bits a key, about one absent key in two hundred is not recognized, and costs the look-up one page.
final class SegmentFilter {
    private static let wordsPerBlock = 8
    private static let bitsPerBlock = 512

    let blockCount: Int
    private let words: UnsafeMutablePointer<UInt64>

    /// The bytes of the filter.
    var byteCount: Int { blockCount * SegmentFilter.bitsPerBlock / 8 }

    /// An empty filter for a number of keys.
    convenience init(keyCount: Int, bitsPerKey: Int) {
        self.init(
            blockCount: max(1, (keyCount * bitsPerKey + SegmentFilter.bitsPerBlock - 1) / SegmentFilter.bitsPerBlock)
        )
    }

    /// An empty filter of a size.
    init(blockCount: Int) {
        precondition((1...Int(Int32.max)).contains(blockCount), "a filter has at least one block")
        self.blockCount = blockCount
        // On the boundary of a cache line, so that a look-up touches one.
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: blockCount * SegmentFilter.bitsPerBlock / 8,
            alignment: 64
        )
        words = bytes.initializeMemory(
            as: UInt64.self,
            repeating: 0,
            count: blockCount * SegmentFilter.wordsPerBlock
        )
    }

    deinit {
        words.deallocate()
    }

    /// Six bits for each of the eight words.
    private static func pattern(ofHash hash: UInt64) -> UInt64 {
        // The hash's own upper bits chose the block; the multiplication makes the remaining bits depend on all of them.
        (hash &* 0x9E37_79B9_7F4A_7C15) >> 16
    }

    /// Puts a key in.
    func insert(hash: UInt64) {
        let block = probe.block(ofHash: hash)
        var pattern = SegmentFilter.pattern(ofHash: hash)
        for word in 0..<SegmentFilter.wordsPerBlock {
            block[word] |= 1 << (pattern & 63)
            pattern >>= 6
        }
    }

    /// Whether a key may be in the filter; a no is certain.
    func mayContain(hash: UInt64) -> Bool { probe.mayContain(hash: hash) }

    /// What a look-up needs of the filter. It is valid for as long as the filter exists.
    var probe: Probe { Probe(words: words, blockCount: UInt64(blockCount)) }

    /// Reads a filter without retaining it: a new key is looked up in the filters of all segments.
    struct Probe {
        fileprivate let words: UnsafeMutablePointer<UInt64>
        fileprivate let blockCount: UInt64

        /// The words of the block that a hash belongs to.
        fileprivate func block(ofHash hash: UInt64) -> UnsafeMutablePointer<UInt64> {
            words + Int((hash &* blockCount) >> KeyHash.bits) * SegmentFilter.wordsPerBlock
        }

        /// The first word of the block that a hash belongs to.
        func touch(hash: UInt64) -> UInt64 { block(ofHash: hash)[0] }

        func mayContain(hash: UInt64) -> Bool {
            let block = block(ofHash: hash)
            var pattern = SegmentFilter.pattern(ofHash: hash)
            for word in 0..<SegmentFilter.wordsPerBlock {
                guard block[word] & (1 << (pattern & 63)) != 0 else { return false }
                pattern >>= 6
            }
            return true
        }
    }

    /// Lends the filter's bytes as they are stored: words of eight bytes, the lowest first.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(start: words, count: byteCount))
    }

    /// Takes over bytes that were stored.
    func replace(at offset: Int, with bytes: UnsafeRawBufferPointer) {
        precondition(offset >= 0 && offset + bytes.count <= byteCount, "the bytes are part of the filter")
        UnsafeMutableRawBufferPointer(start: words, count: byteCount).baseAddress!
            .advanced(by: offset).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
    }
}
