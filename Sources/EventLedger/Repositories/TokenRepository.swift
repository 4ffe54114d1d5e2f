import EventModel
import SQLite

/// The table `tokens`.
struct TokenRepository: ~Copyable {
    private let insert: Statement
    private let advance: Statement
    private let select: Statement
    private let selectOfAccount: Statement
    private let selectUnrevoked: Statement
    private let countActive: Statement
    private let revoke: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        let insert = try connection.prepare(SQL.insertToken)
        let advance = try connection.prepare(SQL.advanceToken)
        let select = try connection.prepare(SQL.selectToken)
        let selectOfAccount = try connection.prepare(SQL.selectTokensOfAccount)
        let selectUnrevoked = try connection.prepare(SQL.selectUnrevokedTokens)
        let countActive = try connection.prepare(SQL.countActiveTokens)
        let revoke = try connection.prepare(SQL.revokeToken)
        self.insert = insert
        self.advance = advance
        self.select = select
        self.selectOfAccount = selectOfAccount
        self.selectUnrevoked = selectUnrevoked
        self.countActive = countActive
        self.revoke = revoke
    }

    /// The next token number of an account; it is never given out again.
    func nextID(of account: Account.ID) throws(SQLiteError) -> Int64 {
        try advance.first {
            $0.set(1, account.rawValue)
        } read: { row in
            row.integer(0)
        } ?? 1
    }

    func insert(_ token: APIToken, digest: TokenDigest) throws(SQLiteError) {
        try insert.run {
            $0.set(1, token.account.rawValue)
            $0.set(2, token.id)
            $0.set(3, text: token.name)
            $0.set(4, Int64(token.scopes.rawValue))
            $0.set(5, blob: digest.bytes)
            $0.set(6, token.createdAt.millisecondsSinceEpoch)
            $0.set(7, token.expiresAt?.millisecondsSinceEpoch)
        }
    }

    func token(_ id: Int64, of account: Account.ID) throws(SQLiteError) -> (APIToken, TokenDigest)? {
        try select.first {
            $0.set(1, account.rawValue)
            $0.set(2, id)
        } read: { row throws(SQLiteError) in
            (TokenRepository.token(row), try TokenRepository.digest(row))
        }
    }

    func tokens(of account: Account.ID) throws(SQLiteError) -> [APIToken] {
        var tokens: [APIToken] = []
        try selectOfAccount.forEach {
            $0.set(1, account.rawValue)
        } read: { row in
            tokens.append(TokenRepository.token(row))
            return true
        }
        return tokens
    }

    /// All tokens that were not revoked, with their digests.
    func unrevokedTokens() throws(SQLiteError) -> [(APIToken, TokenDigest)] {
        var tokens: [(APIToken, TokenDigest)] = []
        try selectUnrevoked.forEach { row throws(SQLiteError) in
            tokens.append((TokenRepository.token(row), try TokenRepository.digest(row)))
            return true
        }
        return tokens
    }

    func activeCount(of account: Account.ID, at now: Timestamp) throws(SQLiteError) -> Int64 {
        try countActive.first {
            $0.set(1, account.rawValue)
            $0.set(2, now.millisecondsSinceEpoch)
        } read: { row in
            row.integer(0)
        } ?? 0
    }

    /// Revokes a token; one that already was stays as it is.
    func revoke(_ id: Int64, of account: Account.ID, at now: Timestamp) throws(SQLiteError) {
        try revoke.run {
            $0.set(1, account.rawValue)
            $0.set(2, id)
            $0.set(3, now.millisecondsSinceEpoch)
        }
    }

    private static func digest(_ row: borrowing Row) throws(SQLiteError) -> TokenDigest {
        let bytes = row.bytes(7)
        guard bytes.count == TokenDigest.byteCount else { throw .damage("the digest of a token is damaged") }
        return TokenDigest(stored: bytes)
    }

    private static func token(_ row: borrowing Row) -> APIToken {
        APIToken(
            id: row.integer(1),
            account: Account.ID(rawValue: row.integer(0)),
            name: row.text(2),
            scopes: ScopeSet(rawValue: UInt8(truncatingIfNeeded: row.integer(3))),
            createdAt: Timestamp(millisecondsSinceEpoch: row.integer(4)),
            expiresAt: row.integerIfPresent(5).map(Timestamp.init(millisecondsSinceEpoch:)),
            revokedAt: row.integerIfPresent(6).map(Timestamp.init(millisecondsSinceEpoch:))
        )
    }
}
