import EventModel
import Testing

@testable import EventLedger

@Suite("What an account and an operator cannot have")
struct RefusalTests {
    @Test("an account that has given out its last number takes no more events and no more contacts")
    func fullAccount() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { _ in }
        try folder.change("UPDATE accounts SET last_event = (1 << 40) - 1, last_contact = (1 << 40) - 1")
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let outcome = try await store.ingest(try event(key: "a"), into: account)
            #expect(outcome == .rejected(.accountFull))
            let contact = try NewContact(email: EmailAddress("ada@example.com"), phoneNumber: nil)
            let refusal = try await store.perform(.create(contact), in: account)
            #expect(refusal == .rejected(.accountFull))
        }
    }

    @Test(
        "a change with a value that cannot be is refused, and the value is named",
        arguments: [
            (.createAccount(name: "", isStrict: false), "account"),
            (.expireKeys(olderThanMilliseconds: -1), "older_than"),
            (
                .createApp(
                    account: Account.defaultName,
                    name: "app",
                    scopes: .init([.eventsWrite]),
                    clientID: "app_1",
                    secretDigest: Array(repeating: 1, count: 32)
                ), "client_id"
            ),
        ] as [(StoreChange, String)]
    )
    func change(_ change: StoreChange, field: String) async throws {
        try await withStore { store in
            let outcome = try await store.perform(change)
            guard case .refused(.invalid(field: field, message: _)) = outcome else {
                Issue.record("\(outcome)")
                return
            }
        }
    }

    @Test("an account that is not there has no keys, and a store that is closed tells of none")
    func nobodysKeys() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(folder.store)
        let (nobody, key) = (Account.ID(rawValue: 77), try IdempotencyKey("key"))
        #expect(try await store.replay(of: key, in: nobody) == nil)
        #expect(try await store.history(of: key, in: nobody) == nil)
        // Further back than any representable time.
        let outcome = try await store.perform(.expireKeys(olderThanMilliseconds: .max))
        guard case .keysExpired(count: 0) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        await store.close()
        await #expect(throws: StoreError.closed) { try await store.replay(of: key, in: nobody) }
        await #expect(throws: StoreError.closed) { try await store.history(of: key, in: nobody) }
    }
}
