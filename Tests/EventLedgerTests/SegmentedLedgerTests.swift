import EventModel
import Migrations
import SQLite
import Testing

@testable import EventLedger

@Suite("The ledger over many segments")
struct SegmentedLedgerTests {
    /// Unchanged hashes, and hashes that collide.
    static let hashBits: [UInt64] = [KeyHash.bits, 6, 0]

    private func parameters(hashBits: UInt64 = KeyHash.bits) -> LedgerParameters {
        var parameters = LedgerParameters.small
        parameters.hashBits = hashBits
        return parameters
    }

    private func key(_ number: Int) throws -> IdempotencyKey { try IdempotencyKey("key-\(number)") }

    @Test("every key answers, before and after the store is opened again", arguments: hashBits)
    func replays(hashBits: UInt64) async throws {
        let folder = TemporaryFolder()
        let parameters = parameters(hashBits: hashBits)
        let ids = try await withStore(in: folder, parameters) { store in
            let ids = try await fill(store, 0..<1_500)
            let status = try await store.status()
            #expect(status.ledgerSegments >= 2)
            #expect(status.sealedEntries > 1_000)
            #expect(status.sealedEntries <= 1_500)
            try await expectReplays(store, of: ids)
            return ids
        }
        try await withStore(in: folder, parameters) { store in
            try await expectReplays(store, of: ids)
            let more = try await fill(store, 1_500..<1_800)
            try await expectReplays(store, of: more, from: 1_500)
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("segments of one level become one of the next, and what they were made of is deleted")
    func merging() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder, parameters()) { store in
            _ = try await fill(store, 0..<3_000)
        }
        // The next writer finishes what was in progress when the store was closed.
        var session = try openSession(in: folder, parameters())
        while session.hasBackgroundWork { try session.workInBackground() }
        let connection = try Connection(path: folder.store, mode: .readOnly)
        #expect(try connection.integer("SELECT max(level) FROM ledger_segments") ?? 0 >= 2)
        #expect(try connection.integer("SELECT count(*) FROM ledger_segments") ?? 99 <= 12)
        let counting = try connection.integer("SELECT sum(pages) FROM ledger_segments") ?? 0
        #expect(counting >= 290)
        #expect(try connection.integer("SELECT count(*) FROM ledger_pages") == counting)
        // Whatever SQLite's build options: overwriting all deleted content would log each of its pages once more.
        #expect(try session.connection.integer("PRAGMA secure_delete") == 2)
    }

    @Test("a store of version 1 is brought up to date, and its keys answer as they did")
    func migratedFromVersion1() async throws {
        let folder = TemporaryFolder()
        let account = Account.ID(rawValue: 1)
        let contact = Position(account: account, number: 1)
        let events = try (1...300).map { try event(data: #"{"n":\#($0)}"#, key: "key-\($0)") }
        do {
            try StorePath(folder.store).createDatabaseFile()
            let connection = try Connection(path: folder.store, mode: .readWrite)
            try Migrator(catalog: Array(MigrationCatalog.all.prefix(1))).migrate(connection, at: .now())
            try connection.execute(
                "INSERT INTO contacts (position, email, created_at_ms, updated_at_ms) "
                    + "VALUES (\(contact.rawValue), 'ada@example.com', 1, 1)"
            )
            let transaction = try connection.beginImmediate()
            let insert = try connection.prepare(
                "INSERT INTO idempotency (entry, account_id, key, fingerprint, event_sequence, accepted_at_ms) "
                    + "VALUES (?1, 1, ?2, ?3, ?1, 5)"
            )
            for (number, event) in events.enumerated() {
                let position = Position(account: account, number: Int64(number + 1))
                try EventRepository(connection).insert(event, at: position, contact: contact, receivedAt: .now())
                try insert.run {
                    $0.set(1, position.number)
                    $0.set(2, text: "key-\(number + 1)")
                    // Version 1 kept sixteen bytes.
                    $0.set(3, blob: PayloadFingerprint(of: event).bytes + [1, 2, 3, 4, 5, 6])
                }
            }
            try connection.execute("UPDATE accounts SET last_event = 300, last_contact = 1")
            try transaction.commit()
        }
        try await withStore(in: folder, parameters()) { store in
            #expect(store.migratedFrom == 1)
            for (number, event) in events.enumerated() {
                let outcome = try await store.ingest(event, into: account)
                guard case .replayed(let response, payloadDiffers: false) = outcome else {
                    Issue.record("key \(number + 1) came to \(outcome)")
                    return
                }
                let stored = try await store.event(response.eventID, in: account)
                #expect(stored?.sequence == Int64(number + 1))
            }
            #expect(try await store.ingest(try event(key: "new"), into: account).isAccepted)
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("another process reads a key's history from any segment and from the tail", arguments: hashBits)
    func reading(hashBits: UInt64) async throws {
        let folder = TemporaryFolder()
        let parameters = parameters(hashBits: hashBits)
        let ids = try await withStore(in: folder, parameters) { store in try await fill(store, 0..<600) }
        let reader = SQLiteEventReader(try StorePath(folder.store), parameters)
        let account = try await reader.defaultAccount
        for number in stride(from: 0, to: 600, by: 13) {
            #expect(try await reader.history(of: try key(number), in: account)?.eventID == ids[number])
        }
        #expect(try await reader.history(of: try key(600), in: account) == nil)
        await reader.close()
    }

    @Test("accounts that use the same keys never see each other's")
    func accounts() async throws {
        try await withStore(in: TemporaryFolder(), parameters(hashBits: 0)) { store in
            _ = try await store.perform(.createAccount(name: "other", isStrict: false))
            let other = try #require(try await store.account(named: "other")).id
            let ids = try await fill(store, 0..<200)
            for number in 0..<200 {
                #expect(try await store.ingest(try event(key: "key-\(number)"), into: other).isAccepted)
            }
            try await expectReplays(store, of: ids)
        }
    }
}
