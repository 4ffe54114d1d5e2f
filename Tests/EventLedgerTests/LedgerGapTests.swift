import EventModel
import Testing

@testable import EventLedger

/// The ledger has no gaps. The key of a missing row may be sent again, which must not create a second event.
@Suite("A ledger with rows that are gone")
struct LedgerGapTests {
    private func store(without entries: String) async throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        _ = try await withStore(in: folder, .small) { store in try await fill(store, 0..<500) }
        try folder.change(
            "DROP TRIGGER idempotency_is_deleted_by_expiry_only; DELETE FROM idempotency WHERE \(entries)"
        )
        return folder
    }

    @Test("is not opened where they have not been sealed, and it says which are missing")
    func unsealed() async throws {
        let folder = try await store(without: "entry IN (497, 498)")
        let error = await #expect(throws: StoreError.self) { try await openStore(folder.store, .small) }
        #expect(error.map { "\($0)".contains("entries 497 to 498 of the ledger are missing") } == true)
    }

    @Test("is not opened where they are its last ones, and no reader makes do without them", arguments: [499, 1])
    func last(first: Int) async throws {
        let folder = try await store(without: "entry >= \(first)")
        let says = "entries \(first) to 500 of the ledger are missing"
        let error = await #expect(throws: StoreError.self) { try await openStore(folder.store, .small) }
        #expect(error.map { "\($0)".contains(says) } == true)
        let reader = try await SQLiteEventReader.open(at: folder.store)
        #expect(try await reader.verify().contains { $0.message.contains(says) })
        let account = try await reader.defaultAccount
        await #expect(throws: StoreError.self) { try await reader.keys(in: account, of: 1...500, after: 0) }
        await reader.close()
    }

    @Test("takes no event for a key of theirs, and stops")
    func sealed() async throws {
        let folder = try await store(without: "entry = 3")
        try await withStore(in: folder, .small) { store in
            let account = try await store.defaultAccount
            #expect(try await !store.ingest(try event(key: "key-1"), into: account).isAccepted)
            #expect(try await store.ingest(try event(key: "new"), into: account).isAccepted)
            let events = try await store.status().events
            for _ in 0..<2 {
                let error = await #expect(throws: StoreError.self) {
                    try await store.ingest(try event(key: "key-2"), into: account)
                }
                #expect(error.map { "\($0)".contains("entry 3 of the ledger is missing") } == true)
            }
            #expect(try await store.reader.status().events == events)
        }
    }

    @Test("a key that was used again after it had expired is looked for no further than where it was used last")
    func usedAgain() async throws {
        let folder = TemporaryFolder()
        let dayMilliseconds: Int64 = 86_400_000
        try await withStore(in: folder, .small) { store in
            let account = try await store.defaultAccount
            _ = try await store.perform(.createAccount(name: "other", isStrict: false))
            let other = try #require(try await store.account(named: "other")).id
            // The other account's key never expires, so the rows after it are kept.
            _ = try await store.ingest(try event(key: "first"), into: other)
            _ = try await store.ingest(try event(key: "again"), into: account)
            _ = try await fill(store, 0..<500)
        }
        // As after its second use, which has expired by now, too.
        try folder.change(
            """
            DROP TRIGGER idempotency_is_never_changed; DROP TRIGGER idempotency_is_deleted_by_expiry_only;
            UPDATE idempotency SET accepted_at_ms = accepted_at_ms - \(40 * dayMilliseconds);
            UPDATE idempotency SET key = 'again' WHERE entry = 502; DELETE FROM idempotency WHERE entry = 2;
            UPDATE accounts SET key_retention_ms = \(dayMilliseconds) WHERE name = 'default'
            """
        )
        try await withStore(in: folder, .small) { store in
            let account = try await store.defaultAccount
            #expect(try await store.ingest(try event(key: "again"), into: account).isAccepted)
        }
    }
}
