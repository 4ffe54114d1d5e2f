/// A ledger entry as the index holds it, in one word: the upper 36 bits are the hash of its key, and the lower 28 how
/// far its row is behind the first one of its table or segment, counted from 1.
///
/// Codes are ordered by hash and then by age, so sorting an index is sorting words. No code is 0, which marks a free
/// place.
struct LedgerEntryCode: Sendable, Hashable {
    /// The width of an offset: the longest segment holds fewer than 2^28 entries.
    static let offsetBits: UInt64 = 64 - KeyHash.bits
    /// The highest offset, and so the longest range of entries that one table or segment covers.
    static let maximumOffset: Int64 = (1 << 28) - 1
    private static let offsetMask: UInt64 = (1 << offsetBits) - 1

    let rawValue: UInt64

    init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// - Parameters:
    ///   - entry: The entry's number in the ledger.
    ///   - first: The number of the first entry of the table or segment that the code is for.
    init(_ hash: KeyHash, entry: Int64, first: Int64) {
        let offset = entry - first + 1
        precondition((1...LedgerEntryCode.maximumOffset).contains(offset), "an offset has 28 bits and is not 0")
        rawValue = hash.rawValue << LedgerEntryCode.offsetBits | UInt64(offset)
    }

    /// Whether an entry can have a code in a table or segment that begins with a given entry. A row of a damaged file
    /// can have any number, even one that was not asked for.
    static func hasRoom(for entry: Int64, first: Int64) -> Bool {
        entry >= first && entry - first < maximumOffset
    }

    /// The lowest code that a hash can have.
    static func lowest(of hash: KeyHash) -> UInt64 { hash.rawValue << offsetBits }

    var hash: UInt64 { rawValue >> LedgerEntryCode.offsetBits }

    /// The entry's number in the ledger.
    func entry(first: Int64) -> Int64 {
        first + Int64(rawValue & LedgerEntryCode.offsetMask) - 1
    }
}
