import EventModel
import SQLite
import Testing

@testable import EventLedger

@Suite("A damaged index of the ledger")
struct DamagedIndexTests {
    @Test("an index that is gone as a whole is made again when the store is opened")
    func rebuilt() async throws {
        let folder = TemporaryFolder()
        let ids = try await withStore(in: folder, .small) { store in
            try await fill(store, 0..<500)
        }
        try folder.change(
            """
            DELETE FROM ledger_segments; DELETE FROM ledger_pages; DELETE FROM ledger_summaries;
            """
        )
        try await withStore(in: folder, .small) { store in
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
        (
            "filters that are gone, and a page with a code too few",
            """
            DELETE FROM ledger_summaries; DROP TRIGGER ledger_pages_are_never_changed;
            UPDATE ledger_pages SET codes = substr(codes, 1, length(codes) - 8)
            WHERE length(codes) > 8 AND page & 16777215 = 2
            """
        ),
        (
            "filters that are gone, and codes that are not in their order",
            """
            DELETE FROM ledger_summaries; DROP TRIGGER ledger_pages_are_never_changed;
            UPDATE ledger_pages
            SET codes = CAST(substr(codes, 9, 8) || substr(codes, 1, 8) || substr(codes, 17) AS BLOB)
            WHERE length(codes) >= 16
            """
        ),
        ("a half-built segment", "INSERT INTO ledger_pages SELECT (9999 << 24) + 3, codes FROM ledger_pages LIMIT 1"),
    ]

    @Test("a damaged index is made again from what is left, and every key answers", arguments: damages)
    func repaired(name: String, sql: String) async throws {
        let folder = TemporaryFolder()
        let ids = try await withStore(in: folder, .small) { store in
            try await fill(store, 0..<1_000)
        }
        try folder.change(sql)
        try await withStore(in: folder, .small) { store in
            try await expectReplays(store, of: ids)
            let more = try await fill(store, 1_000..<1_700)
            try await expectReplays(store, of: more, from: 1_000)
            #expect(try await store.verify().isEmpty)
        }
        let connection = try Connection(path: folder.store, mode: .readOnly)
        #expect(try connection.integer("SELECT count(*) FROM ledger_pages WHERE page >> 24 = 9999") == 0)
    }

    @Test("filters that were exchanged are told apart, and made again")
    func exchangedFilters() async throws {
        let folder = TemporaryFolder()
        let ids = try await withStore(in: folder, .small) { store in try await fill(store, 0..<180) }
        let connection = try Connection(path: folder.store, mode: .readWrite)
        let lowest = "SELECT segment FROM ledger_segments WHERE level = 0 ORDER BY first_entry LIMIT 1"
        let first = try #require(try connection.integer(lowest))
        let second = try #require(try connection.integer(lowest + " OFFSET 1"))
        try connection.execute(
            """
            UPDATE ledger_summaries SET page = page + (1 << 60) WHERE page >> 24 = \(first);
            UPDATE ledger_summaries SET page = page + ((\(first) - \(second)) << 24) WHERE page >> 24 = \(second);
            UPDATE ledger_summaries SET page = page - (1 << 60) + ((\(second) - \(first)) << 24) WHERE page > 1 << 59;
            """
        )
        try await withStore(in: folder, .small) { store in
            try await expectReplays(store, of: ids)
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("rows at the end of the ledger that are gone, and of which the index knows, keep the store from being opened")
    func lastRows() async throws {
        let folder = TemporaryFolder()
        _ = try await withStore(in: folder, .small) { store in try await fill(store, 0..<500) }
        try folder.change(
            """
            DROP TRIGGER idempotency_is_deleted_by_expiry_only; DELETE FROM idempotency WHERE entry > 100;
            DROP TRIGGER accounts_numbers_only_grow; UPDATE accounts SET last_entry = 100;
            """
        )
        let error = await #expect(throws: StoreError.self) { try await openStore(folder.store, .small) }
        #expect(error.map { "\($0)".contains("does not follow the others") } == true)
    }

    @Test("segments that do not stand together are never merged, whatever a damaged file says of how often each was")
    func damagedLevel() async throws {
        let folder = TemporaryFolder()
        let ids = try await withStore(in: folder, .small) { store in try await fill(store, 0..<1_000) }
        // The middle one of the last segments, which were not merged yet.
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
        try await withStore(in: folder, .small) { store in
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
        let ids = try await withStore(in: folder, .small) { store in try await fill(store, 0..<1_000) }
        try folder.change(
            "DROP TRIGGER ledger_pages_are_deleted_after_their_segment; DELETE FROM ledger_pages WHERE \(which)"
        )
        try await withStore(in: folder, .small) { store in
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
        // Until then readers find every key, also those after the page.
        let reader = try await SQLiteEventReader.open(at: folder.store)
        let account = try #require(try await reader.account(named: Account.defaultName)).id
        for number in 0..<1_000 {
            let history = try await reader.history(of: try IdempotencyKey("key-\(number)"), in: account)
            #expect(history != nil, "key \(number)")
        }
        await reader.close()
        try await withStore(in: folder, .small) { store in
            try await expectReplays(store, of: ids)
            _ = try await fill(store, 1_000..<1_200)
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("a damaged page that a merge meets suspends merging, and nothing else")
    func damagedMerge() async throws {
        let folder = TemporaryFolder()
        let account = Account.ID(rawValue: 1)
        var session = try openSession(in: folder, .small)
        // Just before the first merge: one segment of the lowest level fewer than it takes.
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
}
