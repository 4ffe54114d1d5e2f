import EventModel
import SQLite

/// The table `oauth_apps`.
struct AppRepository: ~Copyable {
    private let advance: Statement
    private let select: Statement
    private let selectOfAccount: Statement
    private let selectAll: Statement
    private let count: Statement
    private let insert: Statement
    private let updateSecret: Statement
    private let updateVersion: Statement
    private let delete: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        let advance = try connection.prepare(SQL.advanceApp)
        let select = try connection.prepare(SQL.selectApp)
        let selectOfAccount = try connection.prepare(SQL.selectAppsOfAccount)
        let selectAll = try connection.prepare(SQL.selectAllApps)
        let count = try connection.prepare(SQL.countApps)
        let insert = try connection.prepare(SQL.insertApp)
        let updateSecret = try connection.prepare(SQL.updateAppSecret)
        let updateVersion = try connection.prepare(SQL.updateSecretVersion)
        let delete = try connection.prepare(SQL.deleteApp)
        self.advance = advance
        self.select = select
        self.selectOfAccount = selectOfAccount
        self.selectAll = selectAll
        self.count = count
        self.insert = insert
        self.updateSecret = updateSecret
        self.updateVersion = updateVersion
        self.delete = delete
    }

    /// The next app number of an account; it is never given out again.
    func nextID(of account: Account.ID) throws(SQLiteError) -> Int64 {
        try advance.first {
            $0.set(1, account.rawValue)
        } read: { row in
            row.integer(0)
        } ?? 1
    }

    func app(_ id: Int64, of account: Account.ID) throws(SQLiteError) -> OAuthApp? {
        try select.first {
            $0.set(1, account.rawValue)
            $0.set(2, id)
        } read: { row in
            AppRepository.app(row)
        }
    }

    func apps(of account: Account.ID) throws(SQLiteError) -> [OAuthApp] {
        var apps: [OAuthApp] = []
        try selectOfAccount.forEach {
            $0.set(1, account.rawValue)
        } read: { row in
            apps.append(AppRepository.app(row))
            return true
        }
        return apps
    }

    /// The apps of every account, with the digests of their secrets.
    func allApps() throws(SQLiteError) -> [(OAuthApp, TokenDigest)] {
        var apps: [(OAuthApp, TokenDigest)] = []
        try selectAll.forEach { row throws(SQLiteError) in
            let digest = row.bytes(8)
            guard digest.count == TokenDigest.byteCount else {
                throw .damage("the digest of an app's secret is damaged")
            }
            apps.append((AppRepository.app(row), TokenDigest(stored: digest)))
            return true
        }
        return apps
    }

    func count(of account: Account.ID) throws(SQLiteError) -> Int64 {
        try count.first {
            $0.set(1, account.rawValue)
        } read: { row in
            row.integer(0)
        } ?? 0
    }

    func insert(_ app: OAuthApp, secret: TokenDigest) throws(SQLiteError) {
        try insert.run {
            $0.set(1, app.account.rawValue)
            $0.set(2, app.id)
            $0.set(3, text: app.clientID)
            $0.set(4, text: app.name)
            $0.set(5, Int64(app.scopes.rawValue))
            $0.set(6, blob: secret.bytes)
            $0.set(7, app.createdAt.millisecondsSinceEpoch)
        }
    }

    /// Raises the number of an app's secret, so that access tokens made until now are no longer valid.
    func setSecretVersion(_ version: Int64, of id: Int64, in account: Account.ID) throws(SQLiteError) {
        try updateVersion.run {
            $0.set(1, account.rawValue)
            $0.set(2, id)
            $0.set(3, version)
        }
    }

    /// Gives an app a new secret, with the next number.
    func setSecret(_ secret: TokenDigest, of id: Int64, in account: Account.ID, at now: Timestamp) throws(SQLiteError) {
        try updateSecret.run {
            $0.set(1, account.rawValue)
            $0.set(2, id)
            $0.set(3, blob: secret.bytes)
            $0.set(4, now.millisecondsSinceEpoch)
        }
    }

    func delete(_ id: Int64, of account: Account.ID) throws(SQLiteError) {
        try delete.run {
            $0.set(1, account.rawValue)
            $0.set(2, id)
        }
    }

    private static func app(_ row: borrowing Row) -> OAuthApp {
        OAuthApp(
            id: row.integer(1),
            account: Account.ID(rawValue: row.integer(0)),
            clientID: row.text(2),
            name: row.text(3),
            scopes: ScopeSet(rawValue: UInt8(truncatingIfNeeded: row.integer(4))),
            secretVersion: row.integer(5),
            createdAt: Timestamp(millisecondsSinceEpoch: row.integer(6)),
            secretRotatedAt: row.integerIfPresent(7).map(Timestamp.init(millisecondsSinceEpoch:))
        )
    }
}
