public import Crypto

/// The SHA-256 of a token's secret. A secret has 160 random bits, so not even a plain hash can be reversed by search.
public struct TokenDigest: Sendable, Hashable {
    /// The length of a digest in bytes.
    public static let byteCount = 32

    /// The digest as four words, in the order of its bytes in memory. It is computed and looked up for every request,
    /// and in this form needs no allocation.
    private let words: SIMD4<UInt64>

    /// The 32 bytes of the digest.
    public var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    /// Computes the digest of a secret.
    package init(hashing text: String) {
        self.init(SHA256.hash(data: Array(text.utf8)))
    }

    /// Creates a digest from one that was just computed.
    public init(_ digest: SHA256Digest) {
        words = digest.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }

    /// Creates a digest from stored bytes, which were checked when they were stored.
    package init(stored bytes: [UInt8]) {
        precondition(bytes.count == TokenDigest.byteCount, "a token's digest has 32 bytes")
        words = bytes.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }
}
