/// Random numbers that a seed repeats (SplitMix64), so that a failure can be run again.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// Creates the generator for a seed.
    package init(seed: UInt64) {
        state = seed
    }

    /// The next number.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Seeds for one run of a random test. A failing case is reported with its seed, which can replace them here.
    package static func seeds(_ count: Int) -> [UInt64] {
        (0..<count).map { _ in UInt64.random(in: .min ... .max) }
    }
}
