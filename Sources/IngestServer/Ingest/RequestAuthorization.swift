import EventLedger
import IngestAPI

/// Checks who may do what, by asking the store for every request: a revoked token is refused from the next one on.
struct RequestAuthorization: Sendable {
    let store: any EventStore
    /// The issuer whose tokens are valid besides the store's own; nil if there is none.
    let issuer: TokenIssuer?

    /// The account that a request speaks for, and may send this request for.
    ///
    /// - Parameters:
    ///   - token: What the request's `Authorization` field held.
    ///   - scope: What the token must allow.
    ///   - report: Where the account stands after this, if it has limits. It is set even if this throws, once the token
    ///     was found to be valid.
    /// - Throws: ``APIError/unauthorized`` without a valid token, or ``APIError/notReady(_:)`` for a token of an issuer
    ///   whose keys are not available yet; then ``APIError/insufficientScope(_:)``, then
    ///   ``APIError/rateLimited(retryAfterSeconds:)``.
    func account(
        _ token: PresentedToken,
        needing scope: Scope,
        _ report: inout RateLimitReport?
    ) throws(APIError) -> Account.ID {
        guard let authorization = try authorization(token) else { throw .unauthorized }
        guard authorization.scopes.contains(scope) else {
            report = authorization.rateLimiter?.report(at: .now())
            throw .insufficientScope(scope)
        }
        guard let limiter = authorization.rateLimiter else { return authorization.account }
        let admission = limiter.admit(at: .now())
        report = admission
        if let seconds = admission.retryAfterSeconds { throw .rateLimited(retryAfterSeconds: Int(seconds)) }
        return authorization.account
    }

    private func authorization(_ presented: PresentedToken) throws(APIError) -> Authorization? {
        guard let token = presented.token, let digest = presented.digest else { return nil }
        if let known = store.authorization(for: digest) { return known }
        guard case .access(let text) = token else { return nil }
        let now = Timestamp.now()
        if let grant = issuer?.grant(for: digest, at: now) { return authorization(grant) }
        guard let token = CompactToken(text) else { return nil }
        if let own = AccessTokens(store: store).authorization(of: token, digest: digest) { return own }
        guard let grant = try issuer?.grant(of: token, digest: digest, at: now) else { return nil }
        return authorization(grant)
    }

    private func authorization(_ grant: TokenIssuer.Grant) -> Authorization? {
        let authorization = store.authorization(ofAccountNamed: grant.account, allowing: grant.scopes)
        if authorization == nil { issuer?.noteUnknownAccount() }
        return authorization
    }
}
