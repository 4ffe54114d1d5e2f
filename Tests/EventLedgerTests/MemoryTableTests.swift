import TestSupport
import Testing

@testable import EventLedger

@Suite("The ledger's table in memory")
struct MemoryTableTests {
    /// Codes whose hashes vary in all bits, in a few, and in none.
    static let significantBits: [UInt64] = [36, 12, 4, 0]

    private func codes(_ count: Int, significantBits: UInt64, seed: UInt64) -> [LedgerEntryCode] {
        var generator = SeededGenerator(seed: seed)
        let mask: UInt64 = ((1 << significantBits) - 1) << (KeyHash.bits - significantBits)
        return (0..<count).map { index in
            LedgerEntryCode(KeyHash(rawValue: generator.next() >> 28 & mask), entry: Int64(100 + index), first: 100)
        }
    }

    @Test("read from its first place to its last, it is in order, whatever the hashes", arguments: significantBits)
    func sorted(significantBits: UInt64) {
        let table = MemoryTable(firstEntry: 100, capacity: 1_024)
        let codes = codes(1_024, significantBits: significantBits, seed: 1)
        for code in codes { table.insert(code) }
        var read: [UInt64] = []
        var place = 0
        while true {
            let before = read.count
            table.append(to: &read, upTo: before + 100, from: &place)
            if read.count == before { break }
        }
        #expect(read == codes.map(\.rawValue).sorted())
        #expect(table.count == 1_024)
    }

    @Test("every entry is a candidate for its hash, the later ones last, and for no other", arguments: significantBits)
    func candidates(significantBits: UInt64) {
        let table = MemoryTable(firstEntry: 100, capacity: 512)
        let codes = codes(512, significantBits: significantBits, seed: 2)
        for code in codes { table.insert(code) }
        for code in codes {
            var found: [Int64] = []
            table.appendCandidates(KeyHash(rawValue: code.hash), to: &found)
            let expected = codes.filter { $0.hash == code.hash }.map { $0.entry(first: 100) }
            #expect(found == expected)
        }
        var found: [Int64] = []
        table.appendCandidates(KeyHash(rawValue: 0x7_1234_5678), to: &found)
        #expect(found.isEmpty)
    }

    @Test("entries that are taken out are gone, and the others stay in order", arguments: significantBits)
    func removal(significantBits: UInt64) {
        let table = MemoryTable(firstEntry: 100, capacity: 512)
        let codes = codes(512, significantBits: significantBits, seed: 3)
        for code in codes { table.insert(code) }
        var generator = SeededGenerator(seed: 4)
        let removed = codes.shuffled(using: &generator).prefix(300)
        for code in removed { table.remove(code) }
        var read: [UInt64] = []
        var place = 0
        table.append(to: &read, upTo: .max, from: &place)
        #expect(read == Set(codes).subtracting(removed).map(\.rawValue).sorted())
        for code in removed { table.insert(code) }
        read = []
        place = 0
        table.append(to: &read, upTo: .max, from: &place)
        #expect(read == codes.map(\.rawValue).sorted())
    }

    @Test("a larger table holds the same")
    func enlarged() {
        let table = MemoryTable(firstEntry: 100, capacity: 64)
        let codes = codes(64, significantBits: 36, seed: 5)
        for code in codes { table.insert(code) }
        let larger = table.enlarged()
        #expect(larger.capacity == 128)
        var read: [UInt64] = []
        var place = 0
        larger.append(to: &read, upTo: .max, from: &place)
        #expect(read == codes.map(\.rawValue).sorted())
    }
}

@Suite("A segment's filter")
struct SegmentFilterTests {
    @Test("it knows every key that was put in, and says no to nearly every other one")
    func falsePositives() {
        var generator = SeededGenerator(seed: 6)
        let hashes = (0..<100_000).map { _ in generator.next() >> 28 }
        let filter = SegmentFilter(keyCount: hashes.count, bitsPerKey: 12)
        for hash in hashes { filter.insert(hash: hash) }
        #expect(hashes.allSatisfy { filter.mayContain(hash: $0) })
        let strangers = (0..<100_000).map { _ in generator.next() >> 28 }
        let mistaken = strangers.count { filter.mayContain(hash: $0) }
        #expect(mistaken < 1_500, "\(mistaken) of 100,000")
    }

    @Test("keys in the order of their hashes fill it from its first block to its last")
    func inOrder() {
        let filter = SegmentFilter(blockCount: 4)
        filter.insert(hash: 0)
        filter.withBytes { bytes in
            #expect(bytes[0..<64].contains { $0 != 0 })
            #expect(bytes[64...].allSatisfy { $0 == 0 })
        }
        filter.insert(hash: (1 << 36) - 1)
        filter.withBytes { bytes in
            #expect(bytes[192...].contains { $0 != 0 })
        }
    }
}
