import EventModel
import SQLite
import Testing

@testable import EventLedger

@Suite("OAuth apps and what their tokens stand for")
struct OAuthAppTests {
    private static let now = Timestamp.now()
    private static let later = Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch + 7_200_000)

    static func makeApp(
        _ store: SQLiteEventStore,
        _ secret: ClientSecret,
        scopes: [Scope] = [.eventsWrite, .eventsRead]
    ) async throws -> OAuthApp {
        let outcome = try await store.perform(.app(secret, scopes: scopes))
        guard case .appCreated(let app) = outcome else { throw StoreError.unexpected(reason: "\(outcome)") }
        return app
    }

    private static func grant(
        _ app: OAuthApp,
        _ store: SQLiteEventStore,
        scopes: [Scope] = [.eventsWrite]
    ) throws -> AccessTokenGrant {
        AccessTokenGrant(
            clientID: app.clientID,
            secretVersion: app.secretVersion,
            signingKey: try #require(store.signingKeys.last).id,
            scopes: ScopeSet(scopes),
            expiresAt: later
        )
    }

    @Test("an app is found by its id and its secret only, also after the store was opened again")
    func credentials() async throws {
        let folder = TemporaryFolder()
        let secret = ClientSecret.random()
        let app = try await withStore(in: folder) { store in try await Self.makeApp(store, secret) }
        try await withStore(in: folder) { store in
            #expect(store.app(clientID: app.clientID, secret: secret.digest) == app)
            #expect(store.app(clientID: app.clientID, secret: ClientSecret.random().digest) == nil)
            #expect(store.app(clientID: ClientID.random(), secret: secret.digest) == nil)
            let apps = try await store.apps(of: app.account)
            #expect(apps == [app])
        }
        for file in try folder.files() {
            #expect(!file.contents.contains(secret.text.utf8), "\(file.name)")
        }
    }

    /// The ways in which an app's tokens end.
    enum Ending: CaseIterable, Sendable {
        case deleted, secretRotated, keyDropped
    }

    @Test(
        "a checked token is known until its app is deleted, or its secret or its key is gone",
        arguments: Ending.allCases
    )
    func endings(ending: Ending) async throws {
        try await withStore { store in
            let app = try await Self.makeApp(store, .random())
            let other = try await Self.makeApp(store, .random())
            let (digest, others) = (TokenSecret.random().digest, TokenSecret.random().digest)
            let grant = try Self.grant(app, store)
            let authorization = try #require(store.admit(grant, for: digest))
            #expect(authorization.account == app.account)
            #expect(authorization.scopes.scopes == [.eventsWrite])
            #expect(store.admit(try Self.grant(other, store), for: others) != nil)
            #expect(store.authorization(for: digest) != nil)
            switch ending {
            case .deleted:
                #expect(try await store.perform(.deleteApp(account: "default", id: app.id)) == .appDeleted(app))
            case .secretRotated:
                let secret = ClientSecret.random()
                let outcome = try await store.perform(
                    .rotateAppSecret(account: "default", id: app.id, secretDigest: secret.digest.bytes)
                )
                guard case .appChanged(let changed) = outcome else { throw StoreError.unexpected(reason: "\(outcome)") }
                #expect(changed.secretVersion == 2 && changed.secretRotatedAt != nil)
                #expect(store.app(clientID: app.clientID, secret: secret.digest) == changed)
            case .keyDropped:
                _ = try await store.perform(.rotateSigningKey(dropsEarlier: true))
            }
            #expect(store.authorization(for: digest) == nil)
            #expect(store.admit(grant, for: digest) == nil, "not even if it is checked once more")
            #expect((store.authorization(for: others) != nil) == (ending != .keyDropped))
        }
    }

    @Test("earlier signing keys are dropped also where the clock was ahead when they were retired")
    func clockWasAhead() throws {
        let folder = TemporaryFolder()
        var session = try openSession(in: folder)
        session.clock = { .now().advanced(byMilliseconds: 86_400_000) }
        _ = try session.run([.change(.rotateSigningKey(dropsEarlier: false)) { _ in }])
        session.clock = Timestamp.now
        _ = try session.run([.change(.rotateSigningKey(dropsEarlier: true)) { _ in }])
        #expect(try session.connection.integer("SELECT count(*) FROM signing_keys") == 1)
        #expect(try session.connection.integer("SELECT key_id FROM signing_keys") == 3)
    }

    @Test("a new signing key signs, and the earlier one still verifies, also after the store was opened again")
    func rotation() async throws {
        let folder = TemporaryFolder()
        let digest = TokenSecret.random().digest
        let grant = try await withStore(in: folder) { store in
            let app = try await Self.makeApp(store, .random())
            let grant = try Self.grant(app, store)
            #expect(store.admit(grant, for: digest) != nil)
            let first = store.signingKeys
            let outcome = try await store.perform(.rotateSigningKey(dropsEarlier: false))
            #expect(outcome == .signingKeyRotated(id: 2))
            #expect(store.signingKeys.map(\.id) == [1, 2])
            #expect(store.signingKeys.map(\.seed).first == first.first?.seed)
            #expect(Set(store.signingKeys.map(\.seed)).count == 2)
            #expect(store.authorization(for: digest) != nil)
            return grant
        }
        try await withStore(in: folder) { store in
            #expect(store.signingKeys.map(\.id) == [1, 2])
            #expect(store.authorization(for: digest) == nil, "checked tokens are remembered in memory only")
            #expect(store.admit(grant, for: digest) != nil)
        }
    }

    @Test("two stores have different signing keys")
    func keysDiffer() async throws {
        let seeds = try await [
            withStore { store in store.signingKeys.map(\.seed) }, withStore { store in store.signingKeys.map(\.seed) },
        ]
        #expect(seeds[0] != seeds[1])
        #expect(seeds[0].count == 1)
    }

    @Test("a token never allows more than its app, and nothing once it has expired")
    func scopesAndExpiry() throws {
        let index = TokenIndex()
        let app = OAuthApp(
            id: 1,
            account: Account.ID(rawValue: 1),
            clientID: "app_1",
            name: "",
            scopes: ScopeSet([.eventsRead]),
            createdAt: Self.now
        )
        var content = TokenIndex.Content()
        content.apps = [(app, TokenSecret.random().digest)]
        content.signingKeys = [SigningKey(id: 1, seed: SigningKey.randomSeed())]
        index.replaceAll(with: content)
        var grant = AccessTokenGrant(
            clientID: "app_1",
            secretVersion: 1,
            signingKey: 1,
            scopes: ScopeSet([.eventsRead, .contactsWrite]),
            expiresAt: Self.later
        )
        let digest = TokenSecret.random().digest
        #expect(index.admit(grant, digest, at: Self.now)?.scopes.scopes == [.eventsRead])
        #expect(index.authorization(for: digest, at: Self.later) == nil)
        #expect(index.admit(grant, digest, at: Self.later) == nil)
        grant.signingKey = 2
        #expect(index.admit(grant, digest, at: Self.now) == nil)
    }

    @Test("as many checked tokens are remembered as there is room for, expired ones forgotten first")
    func cache() {
        var cache = AccessTokenCache(capacity: 8)
        func insert(_ digest: TokenDigest, expiresAt: Timestamp) {
            let grant = TokenIndex.Grant(
                account: Account.ID(rawValue: 1),
                scopes: ScopeSet([.eventsRead]),
                expiresAt: expiresAt,
                rateLimiter: nil
            )
            cache.insert(.init(grant: grant, clientID: "a", signingKey: 1), digest, at: Self.now)
        }
        let kept = (0..<3).map { _ in TokenSecret.random().digest }
        for digest in kept { insert(digest, expiresAt: Self.later) }
        for _ in 0..<5 { insert(TokenSecret.random().digest, expiresAt: Self.now) }
        insert(TokenSecret.random().digest, expiresAt: Self.later)
        #expect(cache.count == 4)
        #expect(kept.allSatisfy { cache[$0] != nil })
        for _ in 0..<100 {
            let digest = TokenSecret.random().digest
            insert(digest, expiresAt: Self.later)
            #expect(cache[digest] != nil)
            #expect(cache.count <= 8)
        }
    }

    @Test("limits of an account hold for its access tokens as well")
    func rateLimits() async throws {
        try await withStore { store in
            let app = try await Self.makeApp(store, .random())
            let digest = TokenSecret.random().digest
            #expect(store.admit(try Self.grant(app, store), for: digest)?.rateLimiter == nil)
            _ = try await store.perform(.setRateLimit(account: "default", window: .day, requests: 5))
            let limiter = try #require(store.authorization(for: digest)?.rateLimiter)
            let secret = TokenSecret.random()
            _ = try await store.perform(.token(secret, scopes: [.eventsRead]))
            #expect(store.authorization(for: secret.digest)?.rateLimiter === limiter)
        }
    }

    @Test("an account has 25 apps at most, and what cannot be done is refused as a value")
    func refusals() async throws {
        try await withStore { store in
            for _ in 0..<25 { _ = try await Self.makeApp(store, .random()) }
            #expect(try await store.perform(.app(.random(), scopes: [.eventsRead])) == .refused(.tooManyApps))
            _ = try await store.perform(.deleteApp(account: "default", id: 3))
            #expect(try await Self.makeApp(store, .random()).id == 26)
            #expect(try await store.perform(.deleteApp(account: "default", id: 3)) == .refused(.unknownApp))
            #expect(try await store.perform(.deleteApp(account: "nobody", id: 1)) == .refused(.unknownAccount))
            let digest = ClientSecret.random().digest.bytes
            #expect(
                try await store.perform(.rotateAppSecret(account: "default", id: 99, secretDigest: digest))
                    == .refused(.unknownApp)
            )
            #expect(try await store.perform(.app(.random(), scopes: [])) != .refused(.tooManyApps))
            #expect(
                try await store.perform(.rotateAppSecret(account: "default", id: 1, secretDigest: [1]))
                    == .refused(.invalidDigest)
            )
        }
    }
}

extension StoreChange {
    /// An app of the default account.
    static func app(_ secret: ClientSecret, scopes: [Scope]) -> StoreChange {
        .createApp(
            account: Account.defaultName,
            name: "test",
            scopes: ScopeSet(scopes),
            clientID: ClientID.random(),
            secretDigest: secret.digest.bytes
        )
    }
}
