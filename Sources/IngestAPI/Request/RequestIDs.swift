import EventModel

/// Fresh ids for the requests of one connection: 64 random bits of the connection, and a number that looks random and
/// does not repeat. Asking the system for randomness would cost two system calls for each request.
package struct RequestIDs: Sendable {
    private let connection = UInt64.random(in: .min ... .max)
    private var state = UInt64.random(in: .min ... .max)

    package init() {}

    /// The next id, 32 hexadecimal digits.
    package mutating func next() -> String {
        let word = nextWord()
        return String(unsafeUninitializedCapacity: 32) { digits in
            RequestIDs.write(connection, to: digits, at: 0)
            RequestIDs.write(word, to: digits, at: 16)
            return 32
        }
    }

    /// 64 bits that look random and do not repeat within a connection.
    package mutating func nextWord() -> UInt64 {
        // SplitMix64 (Steele, Lea and Flood, 2014) goes through all words before it repeats one.
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    private static func write(_ word: UInt64, to digits: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
        for position in 0..<16 {
            digits[start + position] = .hexadecimalDigit(word >> UInt64(60 - 4 * position))
        }
    }
}
