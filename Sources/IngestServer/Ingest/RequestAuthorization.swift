import EventLedger
import IngestAPI

/// Who may do what, asked of the store for every request: a revoked token is refused from the next request on.
struct RequestAuthorization: Sendable {
    let store: any EventStore

    /// The account that a request speaks for.
    ///
    /// - Parameters:
    ///   - field: The request's `Authorization` field.
    ///   - scope: What the token must allow.
    /// - Throws: ``APIError/unauthorized`` without a good token, then ``APIError/insufficientScope(_:)``.
    func account(authorization field: FieldValue, needing scope: Scope) throws(APIError) -> Account.ID {
        guard
            let secret = RequestHead.bearerToken(authorization: field),
            let authorization = store.authorization(for: secret.digest)
        else { throw .unauthorized }
        guard authorization.scopes.contains(scope) else { throw .insufficientScope(scope) }
        return authorization.account
    }
}
