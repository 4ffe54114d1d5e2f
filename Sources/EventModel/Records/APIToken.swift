/// An API token as the store knows it: never the secret, only its digest.
public struct APIToken: Sendable, Hashable, Codable {
    /// The token's number in its store; what `token list` shows and `token revoke` takes.
    public var id: Int64
    /// The account that it speaks for.
    public var account: Account.ID
    /// The operator's name for it, possibly empty.
    public var name: String
    /// What it allows.
    public var scopes: ScopeSet
    /// When it was created.
    public var createdAt: Timestamp
    /// From when on it is refused; nil for never.
    public var expiresAt: Timestamp?
    /// When it was revoked; nil if it was not.
    public var revokedAt: Timestamp?

    /// Creates the description of a token.
    package init(
        id: Int64,
        account: Account.ID,
        name: String,
        scopes: ScopeSet,
        createdAt: Timestamp,
        expiresAt: Timestamp?,
        revokedAt: Timestamp?
    ) {
        self.id = id
        self.account = account
        self.name = name
        self.scopes = scopes
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }

    /// Whether the token is valid at a moment.
    public func isActive(at now: Timestamp) -> Bool {
        guard revokedAt == nil else { return false }
        guard let expiresAt else { return true }
        return now < expiresAt
    }
}
