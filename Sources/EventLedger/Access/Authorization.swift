public import EventModel

/// What a valid token stands for.
public struct Authorization: Sendable {
    /// The account that the bearer speaks for.
    public var account: Account.ID
    /// What the bearer may do.
    public var scopes: ScopeSet
    /// What counts the account's requests; nil if their number is not limited.
    public var rateLimiter: RateLimiter?

    /// Creates an authorization.
    package init(account: Account.ID, scopes: ScopeSet, rateLimiter: RateLimiter? = nil) {
        self.account = account
        self.scopes = scopes
        self.rateLimiter = rateLimiter
    }
}
