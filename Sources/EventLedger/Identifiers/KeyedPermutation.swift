/// A keyed permutation of the integers below 2 to the power of an even number of bits: a Feistel network with SipHash
/// as its round function (Luby and Rackoff, 1988).
///
/// Without the key its outputs cannot be distinguished from random numbers, so ids made by it reveal neither an order
/// nor a count. With the key they are turned back by the same rounds in reverse.
struct KeyedPermutation: Sendable {
    private let function: SipHash
    private let halfBits: UInt64
    private let rounds: UInt64 = 8

    /// - Parameters:
    ///   - bits: The width, even, from 2 to 96, so that one half and the number of a round fit in one word.
    init(function: SipHash, bits: UInt64) {
        precondition(bits.isMultiple(of: 2) && (2...96).contains(bits), "the width is even, from 2 to 96 bits")
        self.function = function
        self.halfBits = bits / 2
    }

    private var halfMask: UInt64 { (1 << halfBits) - 1 }

    /// The image of `value`.
    func forward(_ value: UInt128) -> UInt128 {
        var (left, right) = split(value)
        for round in 0..<rounds {
            (left, right) = (right, left ^ mix(right, round: round))
        }
        return join(left, right)
    }

    /// The value whose image is `image`.
    func backward(_ image: UInt128) -> UInt128 {
        var (left, right) = split(image)
        for round in (0..<rounds).reversed() {
            (left, right) = (right ^ mix(left, round: round), left)
        }
        return join(left, right)
    }

    private func mix(_ half: UInt64, round: UInt64) -> UInt64 {
        function.hash(half | round << 56) & halfMask
    }

    private func split(_ value: UInt128) -> (UInt64, UInt64) {
        // Masking shifts, here and below: the others are generic functions over integers of any two widths.
        precondition(value &>> UInt128(2 * halfBits) == 0, "the value is wider than the permutation")
        return (UInt64(truncatingIfNeeded: value &>> UInt128(halfBits)), UInt64(truncatingIfNeeded: value) & halfMask)
    }

    private func join(_ left: UInt64, _ right: UInt64) -> UInt128 {
        UInt128(left) &<< UInt128(halfBits) | UInt128(right)
    }
}
