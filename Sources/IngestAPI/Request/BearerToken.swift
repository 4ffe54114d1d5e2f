package import EventModel

/// The token after `Bearer` in a request: one of two kinds, which differ in their form.
package enum BearerToken: Sendable, Hashable {
    /// An API token.
    case api(TokenSecret)
    /// An OAuth access token, a JWT in its compact form (RFC 7519, section 3.1).
    case access(String)

    /// Reads a token; nil if it has the form of neither kind.
    package init?(_ text: String) {
        if let secret = TokenSecret(text) {
            self = .api(secret)
        } else if BearerToken.isCompactForm(text.utf8) {
            self = .access(text)
        } else {
            return nil
        }
    }

    /// The digest by which the store knows the token.
    package var digest: TokenDigest {
        switch self {
        case .api(let secret): secret.digest
        case .access(let text): TokenDigest(hashing: text)
        }
    }

    /// Whether a text is three parts of base64url separated by dots.
    private static func isCompactForm(_ bytes: String.UTF8View) -> Bool {
        guard bytes.count <= Limits.accessTokenBytes else { return false }
        var dots = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "."): dots += 1
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                break
            default: return false
            }
        }
        return dots == 2
    }
}
