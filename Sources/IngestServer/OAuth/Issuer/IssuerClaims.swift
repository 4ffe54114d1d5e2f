import EventLedger
import Foundation

/// What a token of an issuer says, as far as it matters here.
struct IssuerClaims {
    /// The name of the account that its bearer speaks for.
    var account: String
    /// What the token allows: those of its scopes that are known here.
    var scopes: ScopeSet
    /// From when on the token is valid; nil if it does not say.
    var notBefore: Timestamp?
    /// From when on the token is refused.
    var expiresAt: Timestamp

    /// The last second that a token may name: the year 9999.
    private static let lastSecond = 253_402_300_799.0

    /// Reads the claims; nil if they break the rules: another issuer or audience, no expiry, no account.
    init?(_ json: Data, by settings: IssuerSettings) {
        guard
            let claims = try? JSONSerialization.jsonObject(with: json) as? [String: Any],
            claims["iss"] as? String == settings.issuer,
            IssuerClaims.texts(claims["aud"]).contains(settings.audience),
            let account = claims[settings.accountClaim] as? String,
            let expiry = IssuerClaims.time(claims["exp"])
        else { return nil }
        self.account = account
        if claims["nbf"] != nil {
            guard let notBefore = IssuerClaims.time(claims["nbf"]) else { return nil }
            self.notBefore = notBefore
        }
        expiresAt = expiry
        let names = IssuerClaims.texts(claims[settings.scopeClaim]).flatMap { $0.split(separator: " ") }
        scopes = ScopeSet(names.compactMap { Scope(rawValue: String($0)) })
    }

    /// Whether the token is valid at a moment, allowing for the difference of the clocks.
    func isGood(at now: Timestamp, clockSkewSeconds: Int) -> Bool {
        let skew = Int64(clockSkewSeconds) * 1_000
        let now = now.millisecondsSinceEpoch
        return now - skew < expiresAt.millisecondsSinceEpoch
            && now + skew >= (notBefore?.millisecondsSinceEpoch ?? .min)
    }

    /// A claim that is one text or several.
    private static func texts(_ claim: Any?) -> [String] {
        (claim as? String).map { [$0] } ?? (claim as? [String]) ?? []
    }

    /// A moment in seconds (RFC 7519, section 2).
    private static func time(_ claim: Any?) -> Timestamp? {
        guard let seconds = claim as? Double, (0...lastSecond).contains(seconds) else { return nil }
        return Timestamp(millisecondsSinceEpoch: Int64(seconds * 1_000))
    }
}
