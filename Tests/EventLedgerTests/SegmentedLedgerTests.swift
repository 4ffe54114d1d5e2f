import EventModel
import Migrations
import SQLite
import Testing

@testable import EventLedger

@Suite("The ledger over many segments")
struct SegmentedLedgerTests {
    /// Hashes as they are, and hashes that collide.
    static let hashBits: [UInt64] = [KeyHash.bits, 6, 0]

    private func parameters(hashBits: UInt64 = KeyHash.bits) -> LedgerParameters {
        var parameters = LedgerParameters.small
        parameters.hashBits = hashBits
        return parameters
    }

    private func key(_ number: Int) throws -> IdempotencyKey { try IdempotencyKey("key-\(number)") }

    /// Ingests events with keys, in lists of a few.
    private func fill(_ store: SQLiteEventStore, _ numbers: Range<Int>) async throws -> [EventID] {
        let account = try await store.defaultAccount
        var ids: [EventID] = []
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 7) {
            let events = try (start..<min(start + 7, numbers.upperBound)).map { number in
                try event(email: "c\(number % 5)@example.com", data: #"{"n":\#(number)}"#, key: "key-\(number)")
            }
            for result in await store.ingest(events, into: account) {
                let outcome = try result.get()
                #expect(outcome.isAccepted)
                ids.append(try #require(outcome.eventID))
            }
        }
        return ids
    }

    /// Every key gets its first answer again, and none makes an event.
    private func expectReplays(_ store: SQLiteEventStore, of ids: [EventID], from first: Int = 0) async throws {
        let account = try await store.defaultAccount
        let before = try await store.status().events
        for (index, id) in ids.enumerated().shuffled() {
            let number = first + index
            let outcome = try await store.ingest(
                try event(email: "c\(number % 5)@example.com", data: #"{"n":\#(number)}"#, key: "key-\(number)"),
                into: account
            )
            guard outcome == .replayed(StoredResponse(eventID: id), payloadDiffers: false) else {
                Issue.record("key \(number) came to \(outcome)")
                return
            }
        }
        #expect(try await store.status().events == before)
    }

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
        // What was under way when the store was closed is finished by the next writer.
        var session = try openSession(in: folder, parameters())
        while session.hasBackgroundWork { try session.workInBackground() }
        let connection = try Connection(path: folder.store, mode: .readOnly)
        #expect(try connection.integer("SELECT max(level) FROM ledger_segments") ?? 0 >= 2)
        #expect(try connection.integer("SELECT count(*) FROM ledger_segments") ?? 99 <= 12)
        let counting = try connection.integer("SELECT sum(pages) FROM ledger_segments") ?? 0
        #expect(counting >= 290)
        #expect(try connection.integer("SELECT count(*) FROM ledger_pages") == counting)
        // Whatever SQLite was built to do: overwriting all that is deleted would have each of its pages logged once more.
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

    @Test("an index that is gone as a whole is made again when the store is opened")
    func rebuilt() async throws {
        let folder = TemporaryFolder()
        let ids = try await withStore(in: folder, parameters()) { store in
            try await fill(store, 0..<500)
        }
        try folder.change(
            """
            DELETE FROM ledger_segments; DELETE FROM ledger_pages; DELETE FROM ledger_summaries;
            """
        )
        try await withStore(in: folder, parameters()) { store in
            #expect(try await store.status().sealedEntries >= 320)
            try await expectReplays(store, of: ids)
            #expect(try await store.verify().isEmpty)
        }
    }

    static let damages: [(name: String, sql: String)] = [
        ("a filter's page that was changed", "UPDATE ledger_summaries SET content = zeroblob(length(content))"),
        ("filters that are gone", "DELETE FROM ledger_summaries"),
        (
            "a filter's page too many",
            "INSERT INTO ledger_summaries SELECT max(page) + 1, 0, zeroblob(64) FROM ledger_summaries"
        ),
        (
            "a segment without its pages",
            """
            DELETE FROM ledger_summaries; DROP TRIGGER ledger_pages_are_deleted_after_their_segment;
            DELETE FROM ledger_pages WHERE page >> 24 = (SELECT min(segment) FROM ledger_segments)
            """
        ),
        (
            "a segment that is missing",
            "DELETE FROM ledger_segments WHERE segment = (SELECT segment FROM ledger_segments ORDER BY first_entry LIMIT 1 OFFSET 1)"
        ),
        ("the first segment missing", "DELETE FROM ledger_segments WHERE first_entry = 1"),
        (
            "a segment that was merged more often than an older one",
            """
            DROP TRIGGER ledger_segments_are_never_changed; UPDATE ledger_segments SET level = 9
            WHERE first_entry = (SELECT first_entry FROM ledger_segments ORDER BY first_entry LIMIT 1 OFFSET 1)
            """
        ),
        (
            "a segment that claims to reach further than its codes",
            """
            DROP TRIGGER ledger_segments_are_never_changed;
            UPDATE ledger_segments SET last_entry = last_entry + 8 WHERE first_entry = 1
            """
        ),
        (
            "a segment that ends as far before its beginning as can be said",
            """
            DROP TRIGGER ledger_segments_are_never_changed;
            UPDATE ledger_segments SET last_entry = -9223372036854775807 - 1 WHERE first_entry = 1
            """
        ),
        ("a half-built segment", "INSERT INTO ledger_pages SELECT (9999 << 24) + 3, codes FROM ledger_pages LIMIT 1"),
    ]

    @Test("a damaged index is made again from what is left, and every key answers", arguments: damages)
    func repaired(name: String, sql: String) async throws {
        let folder = TemporaryFolder()
        let ids = try await withStore(in: folder, parameters()) { store in
            try await fill(store, 0..<1_000)
        }
        try folder.change(sql)
        try await withStore(in: folder, parameters()) { store in
            try await expectReplays(store, of: ids)
            let more = try await fill(store, 1_000..<1_700)
            try await expectReplays(store, of: more, from: 1_000)
            #expect(try await store.verify().isEmpty)
        }
        let connection = try Connection(path: folder.store, mode: .readOnly)
        #expect(try connection.integer("SELECT count(*) FROM ledger_pages WHERE page >> 24 = 9999") == 0)
    }

    @Test("segments that do not stand together are never merged, whatever a damaged file says of how often each was")
    func damagedLevel() async throws {
        let folder = TemporaryFolder()
        let ids = try await withStore(in: folder, parameters()) { store in try await fill(store, 0..<1_000) }
        // Of the last ones, which were not merged yet, the middle one.
        try folder.change(
            """
            DROP TRIGGER ledger_segments_are_never_changed;
            UPDATE ledger_segments SET level = level + 1 WHERE segment = (
                SELECT segment FROM ledger_segments WHERE level = (SELECT min(level) FROM ledger_segments)
                ORDER BY first_entry LIMIT 1 OFFSET 1
            )
            """
        )
        let reader = try await SQLiteEventReader.open(at: folder.store)
        #expect(try await reader.verify().contains { $0.check == "index" && $0.message.contains("level") })
        await reader.close()
        try await withStore(in: folder, parameters()) { store in
            let more = try await fill(store, 1_000..<1_700)
            try await expectReplays(store, of: ids)
            try await expectReplays(store, of: more, from: 1_000)
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test(
        "a page that is missing is an error, and no new event, and is there again after the next opening",
        arguments: [
            "page & 15 = 0",
            "page >> 24 = (SELECT segment FROM ledger_segments ORDER BY first_entry LIMIT 1)",
        ]
    )
    func missingPage(which: String) async throws {
        let folder = TemporaryFolder()
        let ids = try await withStore(in: folder, parameters()) { store in try await fill(store, 0..<1_000) }
        try folder.change(
            "DROP TRIGGER ledger_pages_are_deleted_after_their_segment; DELETE FROM ledger_pages WHERE \(which)"
        )
        try await withStore(in: folder, parameters()) { store in
            let account = try await store.defaultAccount
            var failures = 0
            for number in 0..<1_000 where failures == 0 {
                do {
                    let again = try await store.ingest(
                        try event(email: "c\(number % 5)@example.com", key: "key-\(number)"),
                        into: account
                    )
                    #expect(!again.isAccepted)
                } catch StoreError.damaged {
                    failures += 1
                }
            }
            #expect(failures == 1)
            #expect(store.readiness() != nil)
        }
        // Until then readers find every key, also those behind the page.
        let reader = try await SQLiteEventReader.open(at: folder.store)
        let account = try #require(try await reader.account(named: Account.defaultName)).id
        for number in 0..<1_000 {
            let history = try await reader.history(of: try IdempotencyKey("key-\(number)"), in: account)
            #expect(history != nil, "key \(number)")
        }
        await reader.close()
        try await withStore(in: folder, parameters()) { store in
            try await expectReplays(store, of: ids)
            _ = try await fill(store, 1_000..<1_200)
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("a damaged page that a merge meets suspends merging, and nothing else")
    func damagedMerge() async throws {
        let folder = TemporaryFolder()
        let account = Account.ID(rawValue: 1)
        var session = try openSession(in: folder, parameters())
        // Just before the first merge: as many segments of the lowest level as it takes, but one.
        var number = 0
        func add() throws {
            _ = try session.run([.prepared(try event(key: "key-\(number)"), account)])
            number += 1
        }
        while try session.connection.integer("SELECT count(*) FROM ledger_segments") ?? 9 < 2 { try add() }
        try folder.change(
            """
            DROP TRIGGER ledger_pages_are_deleted_after_their_segment;
            DELETE FROM ledger_pages WHERE page = (SELECT max(page) FROM ledger_pages WHERE page >> 24 =
            (SELECT min(segment) FROM ledger_segments))
            """
        )
        for _ in 0..<300 { try add() }
        let isSuspended = session.ledger.isMergingSuspended
        #expect(isSuspended)
        #expect(try session.connection.integer("SELECT count(*) FROM events") == Int64(number))
        #expect(try session.connection.integer("SELECT max(level) FROM ledger_segments") == 0)
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
