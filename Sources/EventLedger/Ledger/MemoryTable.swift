/// The newest entries of the ledger, in memory: a hash table that is sorted at the same time.
///
/// It uses open addressing with linear probing in which every run is kept in order ("Robin Hood hashing", Celis 1986),
/// and the upper bits of an entry's hash give its home. So the occupied places, read from the first to the last, are in
/// the order of their codes. Sealing a table is one walk over it: nothing has to be sorted.
///
/// An insertion moves the rest of its run up by one place. If half of the homes are taken, a run is a few places long.
/// Behind the homes there is room for every entry, so no distribution of hashes, however bad, can run over the end.
final class MemoryTable {
    /// The number of the first entry that the table may hold.
    let firstEntry: Int64
    /// How many entries it may hold.
    let capacity: Int
    private(set) var count = 0

    private let slots: UnsafeMutablePointer<UInt64>
    private let homeShift: UInt64

    /// - Parameters:
    ///   - firstEntry: The number of the first entry that will be inserted.
    ///   - capacity: How many entries it may hold, a power of two from 2.
    init(firstEntry: Int64, capacity: Int) {
        precondition(capacity >= 2 && capacity & (capacity - 1) == 0, "a table's capacity is a power of two")
        self.firstEntry = firstEntry
        self.capacity = capacity
        homeShift = KeyHash.bits - UInt64(capacity.trailingZeroBitCount)
        // One place more than can be taken, so that every run ends at a free place. Memory pages that are never touched
        // take no memory.
        let placeCount = 2 * capacity + 1
        slots = .allocate(capacity: placeCount)
        slots.initialize(repeating: 0, count: placeCount)
    }

    deinit {
        slots.deallocate()
    }

    private var placeCount: Int { 2 * capacity + 1 }

    /// The most memory that the table takes, in bytes.
    var byteCount: Int { placeCount * MemoryLayout<UInt64>.size }

    private func home(ofHash hash: UInt64) -> Int { Int(hash >> homeShift) }

    /// Inserts an entry that the table does not hold yet.
    func insert(_ code: LedgerEntryCode) {
        precondition(count < capacity, "a full table is sealed or enlarged before it takes more")
        var place = home(ofHash: code.hash)
        while slots[place] != 0, slots[place] < code.rawValue { place += 1 }
        var carried = code.rawValue
        while carried != 0 {
            swap(&slots[place], &carried)
            place += 1
        }
        count += 1
    }

    /// A table of twice the capacity with the same entries.
    func enlarged() -> MemoryTable {
        let larger = MemoryTable(firstEntry: firstEntry, capacity: 2 * capacity)
        for place in 0..<placeCount where slots[place] != 0 { larger.insert(LedgerEntryCode(rawValue: slots[place])) }
        return larger
    }

    /// Removes an entry that the table holds, for a transaction that is rolled back.
    func remove(_ code: LedgerEntryCode) {
        var place = home(ofHash: code.hash)
        while slots[place] != code.rawValue {
            precondition(slots[place] != 0, "only an entry that was put in is taken out")
            place += 1
        }
        // The following entries move back, each as far as it can without passing its home.
        while slots[place + 1] != 0, home(ofHash: LedgerEntryCode(rawValue: slots[place + 1]).hash) <= place {
            slots[place] = slots[place + 1]
            place += 1
        }
        slots[place] = 0
        count -= 1
    }

    /// The word at a hash's home.
    func touch(_ hash: KeyHash) -> UInt64 { slots[home(ofHash: hash.rawValue)] }

    /// Appends the numbers of the entries whose keys have a hash, the oldest first.
    func appendCandidates(_ hash: KeyHash, to candidates: inout [Int64]) {
        var place = home(ofHash: hash.rawValue)
        let lowest = LedgerEntryCode.lowest(of: hash)
        while slots[place] != 0, slots[place] < lowest { place += 1 }
        while slots[place] != 0 {
            let code = LedgerEntryCode(rawValue: slots[place])
            guard code.hash == hash.rawValue else { return }
            candidates.append(code.entry(first: firstEntry))
            place += 1
        }
    }

    /// Appends codes in their order, up to a number of them.
    ///
    /// - Parameter place: Where to go on, 0 to begin with.
    func append(to codes: inout [UInt64], upTo count: Int, from place: inout Int) {
        while codes.count < count, place < placeCount {
            if slots[place] != 0 { codes.append(slots[place]) }
            place += 1
        }
    }
}
