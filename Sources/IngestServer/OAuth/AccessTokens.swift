import Crypto
import EventLedger
import Foundation
import JWTKit

/// Makes access tokens, and finds what those that come in stand for.
///
/// They are JWTs by the profile of RFC 9068, signed with the store's Ed25519 key.
struct AccessTokens: Sendable {
    let store: any EventStore

    static let issuer = "event-ledger"
    private static let type = "at+jwt"
    private static let algorithm = "EdDSA"

    /// What a token says.
    struct Claims: JWTPayload {
        var iss: String
        var sub: String
        var aud: String
        var clientID: String
        var scope: String
        /// The number of the app's secret that the token was made with; the token becomes invalid with that secret.
        var secretVersion: Int64
        var iat: Int64
        var exp: Int64
        var jti: String

        enum CodingKeys: String, CodingKey {
            case iss, sub, aud, scope, iat, exp, jti
            case clientID = "client_id"
            case secretVersion = "secret_version"
        }

        // The store checks the time and the app, for each request.
        func verify(using _: some JWTAlgorithm) async throws {}
    }

    /// Makes a token for an app.
    func make(for app: OAuthApp, allowing scopes: ScopeSet, at now: Timestamp) async throws -> String {
        guard let key = store.signingKeys.last else {
            throw StoreError.damaged(reason: "the store has no key to sign access tokens with")
        }
        let id = JWKIdentifier(string: "\(key.id)")
        let keys = JWTKeyCollection()
        await keys.add(eddsa: EdDSA.PrivateKey(backing: try .init(rawRepresentation: key.seed)), kid: id)
        let second = now.millisecondsSinceEpoch / 1_000
        let claims = Claims(
            iss: AccessTokens.issuer,
            sub: app.clientID,
            aud: AccessTokens.issuer,
            clientID: app.clientID,
            scope: scopes.scopes.map(\.rawValue).joined(separator: " "),
            secretVersion: app.secretVersion,
            iat: second,
            exp: second + Limits.accessTokenSeconds,
            jti: UUID().uuidString
        )
        return try await keys.sign(claims, kid: id, header: ["typ": .string(AccessTokens.type)])
    }

    /// What a token that the store does not know yet stands for; nil for one that is not valid.
    ///
    /// The signature is checked synchronously, in some fifty microseconds, and not in the library's actor: a request's
    /// head is settled before its body is let in. The store remembers the token, so that this happens once for each.
    func authorization(of token: CompactToken, digest: TokenDigest) -> Authorization? {
        guard let grant = grant(of: token) else { return nil }
        return store.admit(grant, for: digest)
    }

    /// What a token says, if one of the store's keys signed it.
    private func grant(of token: CompactToken) -> AccessTokenGrant? {
        guard
            token.header.alg == AccessTokens.algorithm, token.header.typ == AccessTokens.type,
            let id = token.header.kid.flatMap({ Int64($0) }),
            let key = store.signingKeys.first(where: { $0.id == id }),
            let privateKey = try? Curve25519.Signing.PrivateKey(rawRepresentation: key.seed),
            privateKey.publicKey.isValidSignature(token.signature, for: token.signedBytes),
            let claims = try? JSONDecoder().decode(Claims.self, from: token.claims),
            claims.iss == AccessTokens.issuer, claims.aud == AccessTokens.issuer
        else { return nil }
        return AccessTokenGrant(
            clientID: claims.clientID,
            secretVersion: claims.secretVersion,
            signingKey: id,
            scopes: ScopeSet(claims.scope.split(separator: " ").compactMap { Scope(rawValue: String($0)) }),
            expiresAt: Timestamp(millisecondsSinceEpoch: claims.exp.multipliedReportingOverflow(by: 1_000).partialValue)
        )
    }
}
