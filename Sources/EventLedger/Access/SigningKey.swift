public import EventModel

/// A key that signs access tokens, or used to sign them.
public struct SigningKey: Sendable, Hashable {
    /// The length of a seed in bytes.
    public static let seedByteCount = 32

    /// The key's number in its store.
    public var id: Int64
    /// The private key of Ed25519 (RFC 8032, section 5.1.5). The store and its copies hold it as it is; nobody else
    /// gets it.
    public var seed: [UInt8]
    /// When another key replaced it; nil for the key that signs.
    public var retiredAt: Timestamp?

    /// Creates a key from its seed.
    package init(id: Int64, seed: [UInt8], retiredAt: Timestamp? = nil) {
        precondition(seed.count == SigningKey.seedByteCount, "a signing key has a seed of 32 bytes")
        self.id = id
        self.seed = seed
        self.retiredAt = retiredAt
    }

    /// Makes a seed from the system's source of randomness.
    static func randomSeed() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<seedByteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
