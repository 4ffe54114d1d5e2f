/// An OAuth app as the store knows it: a client that gets access tokens for its id and its secret. The store keeps only
/// the secret's digest.
public struct OAuthApp: Sendable, Hashable, Codable {
    /// The app's number in its account; what `app list` shows and the other `app` commands take.
    public var id: Int64
    /// The account that it speaks for.
    public var account: Account.ID
    /// The client id with which the app identifies itself.
    public var clientID: String
    /// The operator's name for it, possibly empty.
    public var name: String
    /// What its access tokens may allow.
    public var scopes: ScopeSet
    /// The number of its secret, counted from 1.
    public var secretVersion: Int64
    /// When it was created.
    public var createdAt: Timestamp
    /// When it got its present secret; nil if that is still the first one.
    public var secretRotatedAt: Timestamp?

    /// Creates the description of an app.
    package init(
        id: Int64,
        account: Account.ID,
        clientID: String,
        name: String,
        scopes: ScopeSet,
        secretVersion: Int64 = 1,
        createdAt: Timestamp,
        secretRotatedAt: Timestamp? = nil
    ) {
        self.id = id
        self.account = account
        self.clientID = clientID
        self.name = name
        self.scopes = scopes
        self.secretVersion = secretVersion
        self.createdAt = createdAt
        self.secretRotatedAt = secretRotatedAt
    }
}
