import EventLedger
import IngestAPI

/// Who may do what, asked of the store for every request: a revoked token is refused from the next request on.
struct RequestAuthorization: Sendable {
    let store: any EventStore

    /// The account that a request speaks for.
    ///
    /// - Parameters:
    ///   - token: What the request's `Authorization` field held.
    ///   - scope: What the token must allow.
    /// - Throws: ``APIError/unauthorized`` without a good token, then ``APIError/insufficientScope(_:)``.
    func account(_ token: PresentedToken, needing scope: Scope) throws(APIError) -> Account.ID {
        guard let digest = token.digest, let authorization = store.authorization(for: digest) else {
            throw .unauthorized
        }
        guard authorization.scopes.contains(scope) else { throw .insufficientScope(scope) }
        return authorization.account
    }
}

/// The token of a request, and its hash. Whoever keeps it need not hash the same token again for the next request; what
/// the token allows is asked for each.
struct PresentedToken {
    /// The `Authorization` field that it was read from.
    let field: FieldValue
    /// The token's hash; nil where the field holds none.
    let digest: TokenDigest?

    init(_ field: FieldValue) {
        self.field = field
        digest = RequestHead.bearerToken(authorization: field)?.digest
    }
}
