import EventModel
import Synchronization

/// What tokens stand for, in memory, so that checking a request costs one look-up.
///
/// It holds the API tokens that were not revoked, and the access tokens whose signatures were checked. It also holds
/// the apps, the signing keys, and the counters of the requests of limited accounts.
///
/// The writer changes it right after the commit of a change and before it answers. So a revoked token, or one of a
/// deleted app, is refused from that answer on.
///
/// A token is found by the SHA-256 of a value that holds 160 random bits or a signature. How long a look-up by that
/// hash takes reveals nothing that would help to guess another token.
final class TokenIndex: Sendable {
    /// One change of the index.
    enum Change: Sendable {
        case add(APIToken, TokenDigest)
        case remove(TokenDigest)
        case setRateLimits(RateLimits, Account.ID)
        case addAccount(Account)
        /// An app that is new or has a new secret.
        case setApp(OAuthApp, secret: TokenDigest)
        case removeApp(clientID: String)
        /// The keys that count from now on; the last one signs.
        case setSigningKeys([SigningKey])
    }

    /// What the store holds when it is opened.
    struct Content: Sendable {
        var accounts: [(name: String, id: Account.ID)] = []
        var tokens: [(APIToken, TokenDigest)] = []
        var limits: [(Account.ID, RateLimits, RateLimiter.Counts)] = []
        var apps: [(OAuthApp, TokenDigest)] = []
        var signingKeys: [SigningKey] = []
    }

    /// What one token stands for.
    struct Grant {
        var account: Account.ID
        var scopes: ScopeSet
        var expiresAt: Timestamp?
        var rateLimiter: RateLimiter?

        func authorization(at now: Timestamp) -> Authorization? {
            if let expiresAt, expiresAt <= now { return nil }
            return Authorization(account: account, scopes: scopes, rateLimiter: rateLimiter)
        }
    }

    struct State {
        /// What API tokens stand for.
        var tokens: [TokenDigest: Grant] = [:]
        /// What the access tokens stand for whose signatures were checked.
        var accessTokens = AccessTokenCache()
        /// The accounts by name, for tokens that name one.
        var accounts: [String: Account.ID] = [:]
        var limiters: [Account.ID: RateLimiter] = [:]
        var apps: [String: (app: OAuthApp, secret: TokenDigest)] = [:]
        var signingKeys: [SigningKey] = []
    }

    let state = Mutex(State())

    /// What a token stands for at a moment, or nil if it is unknown, expired or revoked.
    func authorization(for digest: TokenDigest, at now: Timestamp) -> Authorization? {
        state.withLock { state in
            state.tokens[digest]?.authorization(at: now) ?? state.accessTokens[digest]?.authorization(at: now)
        }
    }

    func replaceAll(with content: Content) {
        state.withLock { state in
            state = State()
            state.accounts = Dictionary(content.accounts) { first, _ in first }
            for (account, limits, counts) in content.limits { state.limiters[account] = RateLimiter(limits, counts) }
            for (token, digest) in content.tokens { state.add(token, digest) }
            for (app, secret) in content.apps { state.apps[app.clientID] = (app, secret) }
            state.signingKeys = content.signingKeys
        }
    }

    func apply(_ changes: [Change]) {
        state.withLock { state in
            for change in changes { state.apply(change) }
        }
    }

    /// What counts the requests of limited accounts.
    var rateLimiters: [(Account.ID, RateLimiter)] {
        state.withLock { state in state.limiters.map { ($0.key, $0.value) } }
    }

    /// What a caller may do that is known to speak for the account with this name; nil if there is no such account.
    func authorization(ofAccountNamed name: String, allowing scopes: ScopeSet) -> Authorization? {
        state.withLock { state in
            guard let account = state.accounts[name] else { return nil }
            return Authorization(account: account, scopes: scopes, rateLimiter: state.limiters[account])
        }
    }

    /// Whether an account has limits.
    var hasRateLimits: Bool { state.withLock { !$0.limiters.isEmpty } }
}

extension TokenIndex.State {
    fileprivate mutating func apply(_ change: TokenIndex.Change) {
        switch change {
        case .add(let token, let digest): add(token, digest)
        case .remove(let digest): tokens[digest] = nil
        case .setRateLimits(let limits, let account): setRateLimits(limits, of: account)
        case .addAccount(let account): accounts[account.name] = account.id
        case .setApp(let app, let secret):
            apps[app.clientID] = (app, secret)
            accessTokens.removeAll { $0.clientID == app.clientID }
        case .removeApp(let clientID):
            apps[clientID] = nil
            accessTokens.removeAll { $0.clientID == clientID }
        case .setSigningKeys(let keys):
            signingKeys = keys
            let ids = Set(keys.map(\.id))
            accessTokens.removeAll { !ids.contains($0.signingKey) }
        }
    }

    fileprivate mutating func add(_ token: APIToken, _ digest: TokenDigest) {
        tokens[digest] = TokenIndex.Grant(
            account: token.account,
            scopes: token.scopes,
            expiresAt: token.expiresAt,
            rateLimiter: limiters[token.account]
        )
    }

    /// An operator's rare step, so all tokens may be gone through for it.
    private mutating func setRateLimits(_ limits: RateLimits, of account: Account.ID) {
        if let limiter = limiters[account], !limits.isUnlimited { return limiter.set(limits) }
        let limiter = limits.isUnlimited ? nil : RateLimiter(limits)
        limiters[account] = limiter
        for (digest, grant) in tokens where grant.account == account { tokens[digest]?.rateLimiter = limiter }
        accessTokens.setRateLimiter(limiter, of: account)
    }
}

// MARK: OAuth

extension TokenIndex {
    /// The app of a client's id and secret.
    func app(clientID: String, secret: TokenDigest) -> OAuthApp? {
        state.withLock { state in
            guard let known = state.apps[clientID], known.secret == secret else { return nil }
            return known.app
        }
    }

    /// The keys that count, the one that signs last.
    var signingKeys: [SigningKey] { state.withLock(\.signingKeys) }

    /// Remembers an access token whose signature was checked. Nil, and nothing is remembered, if the token has expired,
    /// or if its app, the app's secret or its key no longer counts.
    func admit(_ grant: AccessTokenGrant, _ digest: TokenDigest, at now: Timestamp) -> Authorization? {
        state.withLock { state in
            guard
                let app = state.apps[grant.clientID]?.app, app.secretVersion == grant.secretVersion,
                state.signingKeys.contains(where: { $0.id == grant.signingKey })
            else { return nil }
            let scopes = ScopeSet(rawValue: grant.scopes.rawValue & app.scopes.rawValue)
            let admitted = Grant(
                account: app.account,
                scopes: scopes,
                expiresAt: grant.expiresAt,
                rateLimiter: state.limiters[app.account]
            )
            guard let authorization = admitted.authorization(at: now) else { return nil }
            state.accessTokens.insert(
                AccessTokenCache.Entry(grant: admitted, clientID: grant.clientID, signingKey: grant.signingKey),
                digest,
                at: now
            )
            return authorization
        }
    }
}
