/// A change to a store that an operator asks for. One process holds a store for writing; other processes send it these
/// changes.
public enum StoreChange: Sendable, Hashable, Codable {
    /// Create an account.
    case createAccount(name: String, isStrict: Bool)
    /// Create a token; `digest` is the SHA-256 of its secret, which stays with whoever made it.
    case createToken(account: String, name: String, scopes: ScopeSet, digest: [UInt8], expiresAt: Timestamp?)
    /// Revoke a token of an account.
    case revokeToken(account: String, id: Int64)

    /// Create an OAuth app; `secretDigest` is the SHA-256 of its secret, which stays with whoever made it.
    case createApp(account: String, name: String, scopes: ScopeSet, clientID: String, secretDigest: [UInt8])
    /// Give an app of an account a new secret, which ends the tokens that the app got with the old one.
    case rotateAppSecret(account: String, id: Int64, secretDigest: [UInt8])
    /// Delete an app of an account, which ends its tokens.
    case deleteApp(account: String, id: Int64)
    /// Sign access tokens with a new key. Tokens that were issued before stay valid unless the earlier keys are
    /// dropped.
    case rotateSigningKey(dropsEarlier: Bool)

    /// Set how many requests an account may send in a window; nil means no limit.
    case setRateLimit(account: String, window: RateLimits.Window, requests: Int64?)
    /// Set how long an account's keys go on answering, in milliseconds; nil means for ever.
    case setKeyRetention(account: String, milliseconds: Int64?)
    /// Expire all keys, of every account, that were accepted longer ago than this, in milliseconds.
    case expireKeys(olderThanMilliseconds: Int64)
    /// Erase events of an account, at most ``Limits/eventsPerErasure``: the events are gone, but their keys go on
    /// answering. Events that do not exist are skipped.
    case eraseEvents(account: String, [EventID])
    /// Change an account's contacts.
    case changeContact(account: String, ContactChange)

    /// What became of a change.
    public enum Outcome: Sendable, Hashable, Codable {
        /// The account was created.
        case accountCreated(Account)
        /// The token was created.
        case tokenCreated(APIToken)
        /// The token was revoked, by this change or earlier.
        case tokenRevoked(APIToken)
        /// The app was created.
        case appCreated(OAuthApp)
        /// The app has a new secret.
        case appChanged(OAuthApp)
        /// The app was deleted.
        case appDeleted(OAuthApp)
        /// Access tokens are signed with the key of this number from now on.
        case signingKeyRotated(id: Int64)
        /// The account was changed.
        case accountChanged(Account)
        /// The number of keys that expired by this change.
        case keysExpired(count: Int64)
        /// The number of events that this change erased.
        case eventsErased(count: Int)
        /// What became of a change of contacts.
        case contact(ContactChange.Outcome)
        /// The change was refused; nothing was changed.
        case refused(Refusal)
    }

    /// Why a change was refused.
    public enum Refusal: Sendable, Hashable, Codable {
        /// An account of that name already exists.
        case accountExists
        /// No account has that name.
        case unknownAccount
        /// The account has no token of that number.
        case unknownToken
        /// The account already has ``Limits/activeTokensPerAccount`` active tokens.
        case tooManyTokens
        /// The account has no app of that number.
        case unknownApp
        /// The account already has ``Limits/appsPerAccount`` apps.
        case tooManyApps
        /// The store already holds ``Limits/accounts`` accounts.
        case tooManyAccounts
        /// A name or another value breaks a rule.
        case invalid(field: String, message: String)
    }
}
