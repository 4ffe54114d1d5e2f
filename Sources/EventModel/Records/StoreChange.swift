/// A change that an operator asks of a store. One process holds a store for writing; another one sends it these.
public enum StoreChange: Sendable, Hashable, Codable {
    /// Create an account.
    case createAccount(name: String, isStrict: Bool)
    /// Create a token; `digest` is the SHA-256 of its secret, which stays with whoever made it.
    case createToken(account: String, name: String, scopes: ScopeSet, digest: [UInt8], expiresAt: Timestamp?)
    /// Revoke a token of an account.
    case revokeToken(account: String, id: Int64)

    /// Set how long an account's keys answer, in milliseconds; nil for ever.
    case setKeyRetention(account: String, milliseconds: Int64?)
    /// Let all keys expire, of every account, that were accepted longer ago than this, in milliseconds.
    case expireKeys(olderThanMilliseconds: Int64)
    /// Change an account's contacts.
    case changeContact(account: String, ContactChange)

    /// What became of a change.
    public enum Outcome: Sendable, Hashable, Codable {
        /// The account was created.
        case accountCreated(Account)
        /// The token was created.
        case tokenCreated(APIToken)
        /// The token was revoked, now or earlier.
        case tokenRevoked(APIToken)
        /// The account was changed.
        case accountChanged(Account)
        /// So many keys expired by this.
        case keysExpired(count: Int64)
        /// What became of a change of contacts.
        case contact(ContactChange.Outcome)
        /// The change was refused; nothing was changed.
        case refused(Refusal)
    }

    /// Why a change was refused.
    public enum Refusal: Sendable, Hashable, Codable {
        /// There is an account of that name already.
        case accountExists
        /// There is no account of that name.
        case unknownAccount
        /// The account has no token of that number.
        case unknownToken
        /// The account has ``Limits/activeTokensPerAccount`` active tokens already.
        case tooManyTokens
        /// The store holds ``Limits/accounts`` accounts already.
        case tooManyAccounts
        /// A name or another value breaks a rule.
        case invalid(field: String, message: String)
    }
}
