import EventModel
import SQLite
import Testing

@testable import EventLedger

@Suite("Verifying a store")
struct VerificationTests {
    @Test("a sound store has no findings")
    func sound() async throws {
        let folder = try await filledStore()
        #expect(try await findings(folder).isEmpty)
    }

    @Test("constraints are looked at also where the file is read-only")
    func readOnly() async throws {
        let folder = try await filledStore()
        let sound = try ReadConnection.integrityFaults(try Connection(path: folder.store, mode: .immutable))
        #expect(sound.isEmpty)
        try folder.change("DROP TRIGGER store_only_moves_on; UPDATE store SET epoch = -1")
        let writer = try Connection(path: folder.store, mode: .readWrite)
        _ = try writer.integer("SELECT epoch FROM store")
        try writer.checkpoint(.truncate)
        let faults = try ReadConnection.integrityFaults(try Connection(path: folder.store, mode: .immutable))
        #expect(faults == ["CHECK constraint failed in store"])
    }

    static let damages: [(sql: String, check: String)] = [
        ("DROP TRIGGER events_are_deleted_by_erasure_only; DELETE FROM events WHERE sequence = 3", "sequences"),
        ("DROP TRIGGER events_are_deleted_by_erasure_only; DELETE FROM events WHERE sequence = 10", "sequences"),
        ("DROP TRIGGER events_are_deleted_by_erasure_only; DELETE FROM events WHERE sequence = 3", "ledger"),
        ("DROP TRIGGER contacts_are_deleted_on_record_only; DELETE FROM contacts WHERE number = 1", "events"),
        ("DROP TRIGGER contacts_are_deleted_on_record_only; DELETE FROM contacts WHERE number = 1", "sequences"),
        ("INSERT INTO contact_deletions SELECT position, 0 FROM contacts WHERE number = 1", "contacts"),
        ("INSERT INTO contact_gaps SELECT max(position) + 1, max(position) + 9, 0 FROM contacts", "sequences"),
        ("INSERT INTO contact_gaps SELECT min(position), min(position), 0 FROM contacts", "sequences"),
        ("DROP TRIGGER events_are_deleted_by_erasure_only; DELETE FROM events", "sequences"),
        (
            "INSERT INTO events (position, contact_number, event_type, received_at_ms) VALUES ((9 << 40) + 1, 1, 't', 0)",
            "sequences"
        ),
        ("INSERT INTO mismatches VALUES (1099511627777, 99, '[]', 0)", "mismatches"),
        ("INSERT INTO tokens VALUES (9, 1, '', 1, zeroblob(32), 0, NULL, NULL)", "access"),
        (
            """
            INSERT INTO oauth_apps (account_id, app_id, client_id, name, scopes, secret_digest, created_at_ms)
            VALUES (9, 1, 'app_00000000000000000000', '', 1, zeroblob(32), 0)
            """, "access"
        ),
        ("UPDATE contacts SET tags = '[1]' WHERE number = 1", "contacts"),
        ("UPDATE contacts SET custom_fields = '{\"a\":[]}' WHERE number = 1", "contacts"),
        ("DROP TRIGGER events_are_never_changed; UPDATE events SET data = '{' WHERE sequence = 2", "events"),
        ("DROP TRIGGER idempotency_is_deleted_by_expiry_only; DELETE FROM idempotency WHERE entry = 4", "ledger"),
        ("DROP TRIGGER idempotency_is_deleted_by_expiry_only; DELETE FROM idempotency WHERE entry = 1", "ledger"),
        (
            "DROP TRIGGER idempotency_is_never_changed; UPDATE idempotency SET event_sequence = 1 WHERE entry = 2",
            "ledger"
        ),
        ("DROP TRIGGER idempotency_is_never_changed; UPDATE idempotency SET account_id = 9 WHERE entry = 2", "ledger"),
        (overlap("erasures", numbersOf: "events"), "sequences"),
        (overlap("contact_gaps", numbersOf: "contacts"), "sequences"),
    ]

    /// A range of numbers after all others, and one within it, in an account whose last number covers both.
    private static func overlap(_ gaps: String, numbersOf kind: String) -> String {
        """
        INSERT INTO \(gaps) SELECT max(position) + 1, max(position) + 9, 0 FROM \(kind);
        INSERT INTO \(gaps) SELECT max(position) + 2, max(position) + 3, 0 FROM \(kind);
        UPDATE accounts SET last_\(kind.dropLast()) = last_\(kind.dropLast()) + 9 WHERE account_id = 1;
        """
    }

    @Test("what does not fit together is found", arguments: damages)
    func damaged(sql: String, check: String) async throws {
        let folder = try await filledStore()
        try folder.change(sql)
        let found = try await findings(folder)
        #expect(found.contains { $0.check == check }, "\(found)")
    }

    /// Damage to the ledger's index, which has some segments in a store with a few hundred keys.
    static let indexDamages: [(sql: String, check: String, says: String)] = [
        ("DELETE FROM ledger_summaries WHERE page & 16777215 = 0", "index", "the filter of segment"),
        ("UPDATE ledger_summaries SET checksum = checksum + 1", "index", "the filter of segment"),
        (
            "DROP TRIGGER ledger_pages_are_deleted_after_their_segment; DELETE FROM ledger_pages WHERE page & 16777215 = 1",
            "index", "is missing or damaged"
        ),
        (
            "DROP TRIGGER ledger_pages_are_never_changed; UPDATE ledger_pages SET codes = substr(codes, 1, 8)",
            "index", "codes in place of"
        ),
        (
            """
            DROP TRIGGER ledger_pages_are_never_changed;
            UPDATE ledger_pages
            SET codes = CAST(substr(codes, 9, 8) || substr(codes, 1, 8) || substr(codes, 17) AS BLOB)
            WHERE length(codes) >= 16
            """, "index", "is not in order"
        ),
        (
            "DROP TRIGGER idempotency_is_never_changed; UPDATE idempotency SET key = 'other' WHERE entry = 7",
            "index", "does not hold the keys"
        ),
        (
            "DELETE FROM ledger_segments WHERE first_entry = (SELECT min(first_entry) FROM ledger_segments)",
            "index", "are in no segment"
        ),
        (
            """
            DELETE FROM ledger_segments WHERE first_entry = (
                SELECT first_entry FROM ledger_segments ORDER BY first_entry LIMIT 1 OFFSET 1)
            """, "index", "the one before it ends at"
        ),
        (
            "DROP TRIGGER idempotency_is_never_changed; UPDATE idempotency SET key = 'key-399' WHERE entry = 398",
            "ledger", "have the same key"
        ),
        (
            "DROP TRIGGER idempotency_is_never_changed; UPDATE idempotency SET key = 'key' || char(10) WHERE entry = 7",
            "ledger", "entry 7 of account 1 has a key"
        ),
        (
            "DROP TRIGGER idempotency_is_never_changed; UPDATE idempotency SET key = CAST(x'ff' AS TEXT) WHERE entry = 7",
            "ledger", "entry 7 of account 1 has a key"
        ),
        (
            "DROP TRIGGER idempotency_is_never_changed; UPDATE idempotency SET account_id = 9 WHERE entry = 2",
            "ledger", "which does not exist"
        ),
    ]

    @Test(
        "an index that does not lead to the ledger's rows is found, and so is a key with two entries",
        arguments: indexDamages
    )
    func damagedIndex(sql: String, check: String, says: String) async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder, .small) { store in
            let account = try await store.defaultAccount
            for number in 0..<400 { _ = try await store.ingest(try event(key: "key-\(number)"), into: account) }
        }
        #expect(try await findings(folder).isEmpty)
        try folder.change(sql)
        let found = try await findings(folder)
        #expect(found.contains { $0.check == check && $0.message.contains(says) }, "\(found)")
    }

    @Test("a filter, or the beginnings of pages, that are not those of the keys are found", arguments: [false, true])
    func foreignSummary(areFences: Bool) async throws {
        let folder = TemporaryFolder()
        _ = try await withStore(in: folder, .small) { store in try await fill(store, 0..<400) }
        do {
            let connection = try Connection(path: folder.store, mode: .readWrite)
            let repository = try SegmentRepository(connection)
            let segment = try #require(try repository.segments().first)
            let stored = try #require(try SegmentSummary.read(of: segment, repository))
            var fences = stored.fences
            if areFences { fences[1] += 1 }
            let filter = areFences ? stored.filter : SegmentFilter(blockCount: segment.filterBlockCount)
            try SegmentSummary(filter: filter, fences: fences).replace(of: segment.id, repository)
        }
        let found = try await findings(folder)
        #expect(found.contains { $0.message.contains("does not match its keys or their pages") }, "\(found)")
    }

    @Test("a row that breaks one of the schema's constraints is found, since the writer leaves them to others")
    func brokenConstraint() async throws {
        let folder = try await filledStore()
        try folder.change(
            """
            INSERT INTO events (position, contact_number, event_type, received_at_ms) VALUES (1099511627787, 1, '', 0);
            UPDATE accounts SET last_event = 11;
            """
        )
        let found = try await findings(folder)
        #expect(
            found.contains { $0.check == "integrity" && $0.message.contains("constraint failed in events") },
            "\(found)"
        )
    }

    @Test("an erased event is no gap, and its ledger entry still has its place")
    func erased() async throws {
        let folder = try await filledStore()
        let position = Position(account: Account.ID(rawValue: 1), number: 3).rawValue
        try folder.change(
            """
            INSERT INTO erasures VALUES (\(position), \(position + 1), 0);
            DELETE FROM events WHERE position IN (\(position), \(position + 1));
            """
        )
        #expect(try await findings(folder).isEmpty)
    }

    private func filledStore() async throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            for index in 0..<10 {
                _ = try await store.ingest(
                    try event(email: "c\(index % 3)@example.com", data: "{}", key: "k\(index)"),
                    into: account
                )
            }
        }
        return folder
    }

    private func findings(_ folder: TemporaryFolder) async throws -> [VerificationFinding] {
        let reader = try await SQLiteEventReader.open(at: folder.store)
        let findings = try await reader.verify()
        await reader.close()
        return findings
    }
}
