/// The id with which an OAuth client identifies itself: `app_` and 20 lower-case hexadecimal digits.
public enum ClientID {
    private static let prefix = "app_"
    private static let randomBytes = 10

    /// Makes an id that no other app has.
    public static func random() -> String { prefix + .randomHexadecimal(byteCount: randomBytes) }

    /// Whether a text has the form of an id.
    public static func isWellFormed(_ text: String) -> Bool {
        text.isHexadecimal(after: prefix, byteCount: randomBytes)
    }
}

/// The secret half of an OAuth client's credentials: `privy_secret_` and 40 lower-case hexadecimal digits. It is shown once
/// and never stored.
public struct ClientSecret: Sendable, Hashable {
    /// The secret as the client sends it.
    public let text: String

    private static let prefix = "privy_secret_"
    private static let randomBytes = 20

    /// Makes a secret of 160 bits from the system's source of randomness.
    public static func random() -> ClientSecret {
        ClientSecret(unchecked: prefix + .randomHexadecimal(byteCount: randomBytes))
    }

    /// Reads a secret; nil unless `text` has the form of one.
    public init?(_ text: String) {
        guard text.isHexadecimal(after: ClientSecret.prefix, byteCount: ClientSecret.randomBytes) else { return nil }
        self.text = text
    }

    private init(unchecked text: String) {
        self.text = text
    }

    /// What the store keeps of the secret.
    public var digest: TokenDigest { TokenDigest(hashing: text) }
}

extension String {
    /// Random bytes from the system's source, as lower-case hexadecimal digits.
    static func randomHexadecimal(byteCount: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        var text = ""
        for _ in 0..<byteCount {
            let byte = UInt8.random(in: .min ... .max, using: &generator)
            text += String(byte >> 4, radix: 16) + String(byte & 0xF, radix: 16)
        }
        return text
    }

    /// Whether the text is a prefix followed by this number of bytes as lower-case hexadecimal digits.
    func isHexadecimal(after prefix: String, byteCount: Int) -> Bool {
        utf8.count == prefix.utf8.count + 2 * byteCount
            && utf8.starts(with: prefix.utf8)
            && utf8.dropFirst(prefix.utf8.count).allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
    }
}
