public import EventModel

/// What an access token says, once its signature was checked.
public struct AccessTokenGrant: Sendable, Hashable {
    /// The app that the token was made for.
    public var clientID: String
    /// The number of the app's secret by which the token was made.
    public var secretVersion: Int64
    /// The number of the key that signed it.
    public var signingKey: Int64
    /// What it allows.
    public var scopes: ScopeSet
    /// The time from which it is refused.
    public var expiresAt: Timestamp

    /// Creates a grant.
    public init(
        clientID: String,
        secretVersion: Int64,
        signingKey: Int64,
        scopes: ScopeSet,
        expiresAt: Timestamp
    ) {
        self.clientID = clientID
        self.secretVersion = secretVersion
        self.signingKey = signingKey
        self.scopes = scopes
        self.expiresAt = expiresAt
    }
}
