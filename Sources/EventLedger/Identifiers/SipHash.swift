/// SipHash-1-3 under a 128-bit key: a fast pseudo-random function whose outputs cannot be predicted
/// without the key (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).
///
/// One compression round and three finalization rounds, the variant that hash tables of several languages use.
struct SipHash: Sendable {
    private let v0, v1, v2, v3: UInt64

    /// Prepares the function for a key of two words.
    init(key0: UInt64, key1: UInt64) {
        v0 = key0 ^ 0x736f_6d65_7073_6575
        v1 = key1 ^ 0x646f_7261_6e64_6f6d
        v2 = key0 ^ 0x6c79_6765_6e65_7261
        v3 = key1 ^ 0x7465_6462_7974_6573
    }

    /// The hash of the eight bytes of `word`.
    func hash(_ word: UInt64) -> UInt64 {
        var state = State(v0: v0, v1: v1, v2: v2, v3: v3)
        state.compress(word)
        return state.finish(byteCount: 8)
    }

    /// The hash of the eight bytes of `word` and the bytes that follow it.
    func hash(_ word: UInt64, _ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var state = State(v0: v0, v1: v1, v2: v2, v3: v3)
        state.compress(word)
        var offset = 0
        while offset + 8 <= bytes.count {
            state.compress(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        var rest: UInt64 = 0
        for index in (offset..<bytes.count).reversed() { rest = rest << 8 | UInt64(bytes[index]) }
        return state.finish(byteCount: UInt64(8 + bytes.count), rest: rest)
    }

    private struct State {
        var v0, v1, v2, v3: UInt64

        mutating func compress(_ word: UInt64) {
            v3 ^= word
            round()
            v0 ^= word
        }

        mutating func finish(byteCount: UInt64, rest: UInt64 = 0) -> UInt64 {
            compress(byteCount << 56 | rest)
            v2 ^= 0xFF
            round()
            round()
            round()
            return v0 ^ v1 ^ v2 ^ v3
        }

        private mutating func round() {
            v0 &+= v1
            v1 = rotate(v1, by: 13) ^ v0
            v0 = rotate(v0, by: 32)
            v2 &+= v3
            v3 = rotate(v3, by: 16) ^ v2
            v0 &+= v3
            v3 = rotate(v3, by: 21) ^ v0
            v2 &+= v1
            v1 = rotate(v1, by: 17) ^ v2
            v2 = rotate(v2, by: 32)
        }

        private func rotate(_ word: UInt64, by bits: UInt64) -> UInt64 {
            word << bits | word >> (64 - bits)
        }
    }
}
