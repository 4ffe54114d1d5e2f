import EventModel
import SQLite

/// Changes to what belongs to access besides tokens: limits, apps, signing keys.
extension WriterSession {
    mutating func setRateLimit(
        _ requests: Int64?,
        in window: RateLimits.Window,
        ofAccountNamed name: String
    ) throws(SQLiteError) -> StoreChange.Outcome {
        if let requests, !(1...Limits.requestsPerWindow).contains(requests) {
            return .refused(
                .invalid(
                    field: "limit_\(window.rawValue)",
                    message: "must be a whole number from 1 to \(Limits.requestsPerWindow)"
                )
            )
        }
        guard var account = try accounts.account(named: name) else { return .refused(.unknownAccount) }
        account.rateLimits[window] = requests
        try accounts.setRateLimits(account.rateLimits, of: account.id)
        if account.rateLimits.isUnlimited { try access.rateCounts.delete(of: account.id) }
        tokenChanges.append(.setRateLimits(account.rateLimits, account.id))
        return .accountChanged(account)
    }

    mutating func createApp(
        of accountName: String,
        name: String,
        scopes: ScopeSet,
        clientID: String,
        secretDigest: [UInt8]
    ) throws(SQLiteError) -> StoreChange.Outcome {
        if let refusal = WriterSession.refusal(ofName: name) ?? WriterSession.refusal(of: scopes) {
            return .refused(refusal)
        }
        guard ClientID.isWellFormed(clientID) else {
            return .refused(.invalid(field: "client_id", message: "must be \"app_\" and 20 hexadecimal digits"))
        }
        guard let secret = TokenDigest(checking: secretDigest) else { return .refused(.invalidDigest) }
        guard let account = try accounts.account(named: accountName) else { return .refused(.unknownAccount) }
        guard try access.apps.count(of: account.id) < Limits.appsPerAccount else { return .refused(.tooManyApps) }
        let app = OAuthApp(
            id: try access.apps.nextID(of: account.id),
            account: account.id,
            clientID: clientID,
            name: name,
            scopes: scopes,
            createdAt: now
        )
        try access.apps.insert(app, secret: secret)
        tokenChanges.append(.setApp(app, secret: secret))
        return .appCreated(app)
    }

    mutating func rotateAppSecret(
        _ id: Int64,
        of accountName: String,
        secretDigest: [UInt8]
    ) throws(SQLiteError) -> StoreChange.Outcome {
        guard let secret = TokenDigest(checking: secretDigest) else { return .refused(.invalidDigest) }
        guard let account = try accounts.account(named: accountName) else { return .refused(.unknownAccount) }
        try access.apps.setSecret(secret, of: id, in: account.id, at: now)
        guard let app = try access.apps.app(id, of: account.id) else { return .refused(.unknownApp) }
        tokenChanges.append(.setApp(app, secret: secret))
        return .appChanged(app)
    }

    mutating func deleteApp(_ id: Int64, of accountName: String) throws(SQLiteError) -> StoreChange.Outcome {
        guard let account = try accounts.account(named: accountName) else { return .refused(.unknownAccount) }
        guard let app = try access.apps.app(id, of: account.id) else { return .refused(.unknownApp) }
        try access.apps.delete(id, of: account.id)
        tokenChanges.append(.removeApp(clientID: app.clientID))
        return .appDeleted(app)
    }

    mutating func rotateSigningKey(dropsEarlier: Bool) throws(SQLiteError) -> StoreChange.Outcome {
        let id = (try access.signingKeys.keys().last?.id ?? 0) + 1
        try access.signingKeys.add(SigningKey(id: id, seed: SigningKey.randomSeed()), at: now)
        if dropsEarlier {
            // By number: a time may come from a clock that was ahead.
            try access.signingKeys.deleteAll(before: id)
        } else {
            // After the life of a token, everything that a retired key has signed has expired.
            let life = Limits.accessTokenSeconds * 1_000
            try access.signingKeys.deleteRetired(before: now.advanced(byMilliseconds: -life))
        }
        tokenChanges.append(.setSigningKeys(try access.signingKeys.keys()))
        return .signingKeyRotated(id: id)
    }

    // MARK: Checks

    /// What is wrong with the name of a token or an app; nil if nothing is.
    static func refusal(ofName name: String) -> StoreChange.Refusal? {
        guard name.unicodeScalars.count <= Limits.nameCharacters else {
            return .invalid(field: "name", message: "must have at most \(Limits.nameCharacters) characters")
        }
        guard name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            return .invalid(field: "name", message: "must not hold control characters")
        }
        return nil
    }

    /// What is wrong with the scopes of a token or an app; nil if nothing is.
    static func refusal(of scopes: ScopeSet) -> StoreChange.Refusal? {
        scopes.rawValue == 0 ? .invalid(field: "scopes", message: "must name at least one scope") : nil
    }
}

extension StoreChange.Refusal {
    static let invalidDigest = StoreChange.Refusal.invalid(
        field: "digest",
        message: "must have \(TokenDigest.byteCount) bytes"
    )
}

extension TokenDigest {
    /// Takes bytes that came from outside; nil if they are not a digest.
    init?(checking bytes: [UInt8]) {
        guard bytes.count == TokenDigest.byteCount else { return nil }
        self.init(stored: bytes)
    }
}

/// The tables of what belongs to access besides tokens.
struct AccessRepositories: ~Copyable {
    let rateCounts: RateCountRepository
    let apps: AppRepository
    let signingKeys: SigningKeyRepository

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        let rateCounts = try RateCountRepository(connection)
        let apps = try AppRepository(connection)
        let signingKeys = try SigningKeyRepository(connection)
        self.rateCounts = rateCounts
        self.apps = apps
        self.signingKeys = signingKeys
    }
}
