import Foundation

/// What the operator sets for an issuer whose access tokens are accepted besides the store's own.
struct IssuerSettings: Sendable, Hashable {
    /// Where the issuer's public keys are, as a JWK set (RFC 7517, section 5).
    enum KeySource: Sendable, Hashable, CustomStringConvertible {
        case file(String)
        case url(String)

        private static let loopback = ["127.0.0.1", "localhost", "[::1]"]

        /// Takes a path or an address; nil for an address that keys are not read from.
        ///
        /// What comes over an unencrypted connection could be anybody's, unless it comes from this machine.
        init?(_ text: String) {
            guard let scheme = text.range(of: "://") else {
                self = .file(text)
                return
            }
            let host = text[scheme.upperBound...].prefix { $0 != "/" }
            let isPlain = text[..<scheme.lowerBound] == "http"
            guard
                isPlain || text[..<scheme.lowerBound] == "https",
                !host.isEmpty, !host.contains("@"),
                !isPlain || KeySource.loopback.contains(where: { host == $0 || host.hasPrefix($0 + ":") })
            else { return nil }
            self = .url(text)
        }

        var description: String {
            switch self {
            case .file(let text), .url(let text): text
            }
        }
    }

    /// The `iss` of its tokens, character for character.
    var issuer: String
    /// What has to be among the `aud` of its tokens.
    var audience: String
    /// Where its public keys are.
    var keys: KeySource
    /// The claim that holds the name of an account.
    var accountClaim = "account"
    /// The claim that holds scopes: a string in which blanks separate them, or an array.
    var scopeClaim = "scope"
    /// How far the issuer's clock may be from this one's, in seconds.
    var clockSkewSeconds = 60
}
