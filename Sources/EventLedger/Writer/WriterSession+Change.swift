import EventModel
import SQLite

extension WriterSession {
    /// Carries out an operator's change in the open transaction.
    mutating func perform(_ change: StoreChange) throws(SQLiteError) -> StoreChange.Outcome {
        switch change {
        case .createAccount(let name, let isStrict):
            try createAccount(name, isStrict: isStrict)
        case .createToken(let account, let name, let scopes, let digest, let expiresAt):
            try createToken(of: account, name: name, scopes: scopes, digest: digest, expiresAt: expiresAt)
        case .revokeToken(let account, let id):
            try revokeToken(id, of: account)
        case .createApp(let account, let name, let scopes, let clientID, let secretDigest):
            try createApp(of: account, name: name, scopes: scopes, clientID: clientID, secretDigest: secretDigest)
        case .rotateAppSecret(let account, let id, let secretDigest):
            try rotateAppSecret(id, of: account, secretDigest: secretDigest)
        case .deleteApp(let account, let id):
            try deleteApp(id, of: account)
        case .rotateSigningKey(let dropsEarlier):
            try rotateSigningKey(dropsEarlier: dropsEarlier)
        case .setRateLimit(let account, let window, let requests):
            try setRateLimit(requests, in: window, ofAccountNamed: account)
        case .setKeyRetention(let account, let milliseconds):
            try setKeyRetention(milliseconds, ofAccountNamed: account)
        case .expireKeys(let milliseconds):
            try expireKeys(olderThanMilliseconds: milliseconds)
        case .eraseEvents(let account, let events):
            try erase(events, ofAccountNamed: account)
        case .changeContact(let account, let change):
            try perform(change, ofAccountNamed: account)
        }
    }

    private mutating func createAccount(_ name: String, isStrict: Bool) throws(SQLiteError) -> StoreChange.Outcome {
        do {
            try Account.checkName(name)
        } catch {
            return .refused(.invalid(field: error.field, message: error.message))
        }
        guard try accounts.account(named: name) == nil else { return .refused(.accountExists) }
        let id = try accounts.lastID() + 1
        guard id <= Limits.accounts else { return .refused(.tooManyAccounts) }
        let account = Account(id: Account.ID(rawValue: id), name: name, isStrict: isStrict, createdAt: now)
        try accounts.insert(account)
        tokenChanges.append(.addAccount(account))
        return .accountCreated(account)
    }

    private mutating func createToken(
        of accountName: String,
        name: String,
        scopes: ScopeSet,
        digest: [UInt8],
        expiresAt: Timestamp?
    ) throws(SQLiteError) -> StoreChange.Outcome {
        if let refusal = WriterSession.refusal(ofName: name) ?? WriterSession.refusal(of: scopes) {
            return .refused(refusal)
        }
        guard let storedDigest = TokenDigest(checking: digest) else { return .refused(.invalidDigest) }
        if let expiresAt, expiresAt <= now {
            return .refused(.invalid(field: "expires_at", message: "must be in the future"))
        }
        guard let account = try accounts.account(named: accountName) else { return .refused(.unknownAccount) }
        guard try tokens.activeCount(of: account.id, at: now) < Limits.activeTokensPerAccount else {
            return .refused(.tooManyTokens)
        }
        let token = APIToken(
            id: try tokens.nextID(of: account.id),
            account: account.id,
            name: name,
            scopes: scopes,
            createdAt: now,
            expiresAt: expiresAt,
            revokedAt: nil
        )
        try tokens.insert(token, digest: storedDigest)
        tokenChanges.append(.add(token, storedDigest))
        return .tokenCreated(token)
    }

    private mutating func revokeToken(_ id: Int64, of accountName: String) throws(SQLiteError) -> StoreChange.Outcome {
        guard let account = try accounts.account(named: accountName) else { return .refused(.unknownAccount) }
        try tokens.revoke(id, of: account.id, at: now)
        guard let (token, digest) = try tokens.token(id, of: account.id) else { return .refused(.unknownToken) }
        tokenChanges.append(.remove(digest))
        return .tokenRevoked(token)
    }

    private mutating func setKeyRetention(
        _ milliseconds: Int64?,
        ofAccountNamed name: String
    ) throws(SQLiteError) -> StoreChange.Outcome {
        if let milliseconds, milliseconds <= 0 {
            return .refused(.invalid(field: "key_retention", message: "must be greater than zero"))
        }
        guard var account = try accounts.account(named: name) else { return .refused(.unknownAccount) }
        try setKeyRetention(milliseconds, of: account.id)
        account.keyRetentionMilliseconds = milliseconds
        return .accountChanged(account)
    }

    private mutating func perform(
        _ change: ContactChange,
        ofAccountNamed name: String
    ) throws(SQLiteError) -> StoreChange.Outcome {
        guard let account = try accounts.account(named: name) else { return .refused(.unknownAccount) }
        return .contact(try perform(change, of: account.id))
    }

    private mutating func expireKeys(olderThanMilliseconds milliseconds: Int64) throws(SQLiteError)
        -> StoreChange.Outcome
    {
        guard milliseconds >= 0 else {
            return .refused(.invalid(field: "older_than", message: "must not be negative"))
        }
        let (oldest, overflow) = now.millisecondsSinceEpoch.subtractingReportingOverflow(milliseconds)
        guard !overflow else { return .keysExpired(count: 0) }
        return .keysExpired(count: try ledger.expire(acceptedBefore: Timestamp(millisecondsSinceEpoch: oldest)))
    }
}
