/// The addresses with the same beginning: `10.0.0.0/8`, `2001:db8::/32`, or a single one.
struct AddressBlock: Sendable, Hashable {
    private let first: IPAddress
    /// How many bits of the address in IPv6 are given.
    private let length: Int

    /// Reads a block; nil if the text is none, or if bits are set after its length: then one of the two is wrong.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        first = address
        guard parts.count == 2 else {
            length = 128
            return
        }
        let longest = address.isIPv4 ? 32 : 128
        guard
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let given = Int(parts[1]), given <= longest
        else { return nil }
        length = given + 128 - longest
        guard (first.bits << UInt128(length)) == 0 else { return nil }
    }

    /// Whether an address is in the block. `::/0` is all of IPv6, and nothing of IPv4.
    func contains(_ address: IPAddress) -> Bool {
        address.isIPv4 == first.isIPv4 && (address.bits ^ first.bits) >> UInt128(128 - length) == 0
    }
}
