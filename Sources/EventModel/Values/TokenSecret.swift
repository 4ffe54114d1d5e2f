import Crypto

/// The secret half of an API token: `privy_` and 40 lower-case hexadecimal digits. It is shown once and never stored.
public struct TokenSecret: Sendable, Hashable {
    /// The secret as the client sends it.
    public let text: String

    private static let prefix = "privy_"
    private static let randomBytes = 20

    /// Makes a secret of 160 bits from the system's source of randomness.
    public static func random() -> TokenSecret {
        TokenSecret(unchecked: prefix + .randomHexadecimal(byteCount: randomBytes))
    }

    /// Reads a secret; nil unless `text` has the form of one.
    public init?(_ text: String) {
        guard text.isHexadecimal(after: TokenSecret.prefix, byteCount: TokenSecret.randomBytes) else { return nil }
        self.text = text
    }

    private init(unchecked text: String) {
        self.text = text
    }

    /// What the store keeps of the secret.
    public var digest: TokenDigest {
        TokenDigest(hashing: text)
    }
}
