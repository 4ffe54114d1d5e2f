import EventModel
import Testing

@testable import EventLedger

@Suite("Accounts and tokens")
struct TokenTests {
    @Test("a token is good from its creation to its revocation, also after the store was opened again")
    func lifetime() async throws {
        let folder = TemporaryFolder()
        let secret = TokenSecret.random()
        let token = try await withStore(in: folder) { store in
            #expect(store.authorization(for: secret.digest) == nil)
            let outcome = try await store.perform(.token(secret, scopes: [.eventsWrite, .eventsRead]))
            guard case .tokenCreated(let token) = outcome else { throw StoreError.unexpected(reason: "\(outcome)") }
            let authorization = try #require(store.authorization(for: secret.digest))
            #expect(authorization.account == token.account)
            #expect(authorization.scopes.scopes == [.eventsWrite, .eventsRead])
            return token
        }
        try await withStore(in: folder) { store in
            #expect(store.authorization(for: secret.digest) != nil)
            let outcome = try await store.perform(.revokeToken(account: "default", id: token.id))
            guard case .tokenRevoked(let revoked) = outcome else { throw StoreError.unexpected(reason: "\(outcome)") }
            #expect(revoked.revokedAt != nil)
            #expect(store.authorization(for: secret.digest) == nil)
            // Revoking it again changes nothing.
            let again = try await store.perform(.revokeToken(account: "default", id: token.id))
            #expect(again == outcome)
        }
        try await withStore(in: folder) { store in
            #expect(store.authorization(for: secret.digest) == nil)
            let tokens = try await store.tokens(of: token.account)
            #expect(tokens.map(\.id) == [token.id])
        }
    }

    @Test("an expired token is refused, and so is the creation of one that would have expired already")
    func expiry() async throws {
        let expired = APIToken(
            id: 1,
            account: Account.ID(rawValue: 1),
            name: "",
            scopes: ScopeSet([.eventsRead]),
            createdAt: Timestamp(millisecondsSinceEpoch: 0),
            expiresAt: Timestamp(millisecondsSinceEpoch: 1_000),
            revokedAt: nil
        )
        let index = TokenIndex()
        let digest = TokenSecret.random().digest
        index.apply([.add(expired, digest)])
        #expect(index.authorization(for: digest, at: Timestamp(millisecondsSinceEpoch: 999)) != nil)
        #expect(index.authorization(for: digest, at: Timestamp(millisecondsSinceEpoch: 1_000)) == nil)
        try await withStore { store in
            let outcome = try await store.perform(
                .token(TokenSecret.random(), scopes: [.eventsRead], expiresAt: Timestamp(millisecondsSinceEpoch: 1))
            )
            #expect(outcome == .refused(.invalid(field: "expires_at", message: "must be in the future")))
        }
    }

    @Test("an account has 25 active tokens at most; a revoked one makes room")
    func limit() async throws {
        try await withStore { store in
            for _ in 0..<25 {
                _ = try await store.perform(.token(TokenSecret.random(), scopes: [.eventsRead]))
            }
            let refused = try await store.perform(.token(TokenSecret.random(), scopes: [.eventsRead]))
            #expect(refused == .refused(.tooManyTokens))
            _ = try await store.perform(.revokeToken(account: "default", id: 3))
            let outcome = try await store.perform(.token(TokenSecret.random(), scopes: [.eventsRead]))
            guard case .tokenCreated(let token) = outcome else { throw StoreError.unexpected(reason: "\(outcome)") }
            #expect(token.id == 26)
        }
    }

    @Test(
        "what cannot be done is refused as a value",
        arguments: [
            (StoreChange.createAccount(name: "default", isStrict: false), StoreChange.Refusal.accountExists),
            (.revokeToken(account: "nobody", id: 1), .unknownAccount),
            (.revokeToken(account: "default", id: 9), .unknownToken),
            (
                .createToken(
                    account: "nobody",
                    name: "",
                    scopes: ScopeSet([.eventsRead]),
                    digest: digest,
                    expiresAt: nil
                ),
                .unknownAccount
            ),
            (
                .createToken(
                    account: "default",
                    name: "a\nb",
                    scopes: ScopeSet([.eventsRead]),
                    digest: digest,
                    expiresAt: nil
                ),
                .invalid(field: "name", message: "must not hold control characters")
            ),
            (
                .createToken(account: "default", name: "", scopes: ScopeSet([]), digest: digest, expiresAt: nil),
                .invalid(field: "scopes", message: "must name at least one scope")
            ),
            (
                .createToken(
                    account: "default",
                    name: "",
                    scopes: ScopeSet([.eventsRead]),
                    digest: [1],
                    expiresAt: nil
                ),
                .invalid(field: "digest", message: "must have 32 bytes")
            ),
        ]
    )
    func refusals(change: StoreChange, refusal: StoreChange.Refusal) async throws {
        try await withStore { store in
            let outcome = try await store.perform(change)
            #expect(outcome == .refused(refusal))
        }
    }

    private static let digest = [UInt8](repeating: 1, count: 32)

    @Test("the secret of a token is nowhere in the store's files")
    func secretIsNotStored() async throws {
        let folder = TemporaryFolder()
        let secret = TokenSecret.random()
        try await withStore(in: folder) { store in
            _ = try await store.perform(.token(secret, scopes: [.eventsRead]))
        }
        for file in try folder.files() {
            #expect(!file.contents.contains(secret.text.utf8), "\(file.name)")
        }
    }
}

extension StoreChange {
    /// A token of the default account.
    static func token(_ secret: TokenSecret, scopes: [Scope], expiresAt: Timestamp? = nil) -> StoreChange {
        .createToken(
            account: Account.defaultName,
            name: "test",
            scopes: ScopeSet(scopes),
            digest: secret.digest.bytes,
            expiresAt: expiresAt
        )
    }
}
