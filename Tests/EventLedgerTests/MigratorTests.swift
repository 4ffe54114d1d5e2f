import EventModel
import Foundation
import Migrations
import SQLite
import Testing

@testable import EventLedger

@Suite("Migrating a store")
struct MigratorTests {
    private let now = Timestamp(millisecondsSinceEpoch: 1)
    private let first = MigrationCatalog.all[0]

    private func step(_ version: Int, _ sql: String) -> Migration {
        Migration(version: version, name: "V000\(version)__test", sql: Array(sql.utf8))
    }

    private func connection() throws -> Connection {
        try Connection(path: ":memory:", mode: .inMemory)
    }

    @Test("steps are applied in order, recorded, and not applied again")
    func inOrder() throws {
        let connection = try connection()
        let migrator = Migrator(catalog: [first, step(2, "CREATE TABLE two (a INTEGER) STRICT")])
        #expect(try migrator.migrate(connection, at: now) == 0)
        #expect(try migrator.migrate(connection, at: now) == 2)
        #expect(try connection.integer("SELECT count(*) FROM schema_migrations") == 2)
        #expect(try connection.integer("PRAGMA user_version") == 2)
        #expect(try connection.integer("PRAGMA application_id") == Migrator.applicationID)
    }

    @Test("a step that fails leaves nothing of itself behind")
    func atomic() throws {
        let connection = try connection()
        let bad = step(2, "CREATE TABLE two (a INTEGER) STRICT; CREATE TABLE two (a INTEGER) STRICT")
        #expect(throws: StoreError.self) { try Migrator(catalog: [first, bad]).migrate(connection, at: now) }
        #expect(try connection.integer("PRAGMA user_version") == 1)
        #expect(try connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'two'") == 0)
        let good = step(2, "CREATE TABLE two (a INTEGER) STRICT")
        #expect(try Migrator(catalog: [first, good]).migrate(connection, at: now) == 1)
    }

    @Test("an edited step, a gap, a record out of step and a newer store are refused with what to do")
    func refusals() throws {
        let connection = try connection()
        let two = step(2, "CREATE TABLE two (a INTEGER) STRICT")
        try Migrator(catalog: [first, two]).migrate(connection, at: now)

        let edited = step(2, "CREATE TABLE two (b INTEGER) STRICT")
        expect(Migrator(catalog: [first, edited]), connection, says: "was edited after it was applied")
        expect(Migrator(catalog: [first, step(3, "")]), connection, says: "must have no gap")
        #expect(throws: StoreError.newerSchema(found: 2, known: 1)) {
            try Migrator(catalog: [first]).migrate(connection, at: now)
        }
        try connection.execute("PRAGMA user_version = 1")
        expect(Migrator(catalog: [first, two]), connection, says: "is recorded, but the schema has version 1")
        try connection.execute(
            "PRAGMA user_version = 2; DROP TRIGGER schema_migrations_are_never_deleted; DELETE FROM schema_migrations WHERE version = 1"
        )
        expect(Migrator(catalog: [first, two]), connection, says: "was never recorded")
    }

    private func expect(_ migrator: Migrator, _ connection: borrowing Connection, says words: String) {
        do throws(StoreError) {
            try migrator.migrate(connection, at: now)
            Issue.record("the store was migrated")
        } catch {
            #expect(error.description.contains(words), "\(error)")
        }
    }

    @Test("a version below zero, which only a damaged header has, is refused")
    func negativeVersion() throws {
        let connection = try connection()
        let migrator = Migrator(catalog: [first])
        try migrator.migrate(connection, at: now)
        try connection.execute("PRAGMA user_version = -2147483647")
        expect(migrator, connection, says: "version of its schema")
    }

    @Test("a store that the sqlite3 shell made is adopted if it is exactly what the steps make")
    func adoption() throws {
        let connection = try connection()
        try connection.execute(String(decoding: first.sql, as: UTF8.self))
        let migrator = Migrator(catalog: [first])
        #expect(try migrator.migrate(connection, at: now) == 1)
        #expect(try connection.integer("SELECT count(*) FROM schema_migrations") == 1)

        let other = try self.connection()
        try other.execute(String(decoding: first.sql, as: UTF8.self))
        try other.execute("CREATE TABLE more (a INTEGER) STRICT")
        expect(migrator, other, says: "is not what the steps up to 1 make")
    }
}

@Suite("What the schema itself forbids")
struct SchemaInvariantTests {
    static let statements: [(sql: String, reason: String)] = [
        ("UPDATE events SET data = '{}'", "a stored event is never changed"),
        ("DELETE FROM events", "only after its erasure"),
        ("UPDATE idempotency SET event_sequence = 9", "never changed"),
        ("DELETE FROM idempotency", "only after it has expired"),
        ("UPDATE store SET identifier_key = randomblob(32)", "identity of a store never changes"),
        ("UPDATE store_identity SET identifier_key = randomblob(32)", "identity of a store never changes"),
        ("DELETE FROM store_identity", "never deleted"),
        ("INSERT INTO store_identity VALUES (2, zeroblob(32))", "store_identity_is_one_row"),
        ("INSERT INTO store_identity VALUES (1, zeroblob(31))", "store_identity_key_length"),
        ("UPDATE store SET epoch = 0", "only grow"),
        ("UPDATE store SET log_number = log_number - 1", "only grows"),
        ("DROP TRIGGER store_log_number_only_grows; UPDATE store SET log_number = -1", "store_log_number_counts"),
        ("DELETE FROM store", "never deleted"),
        ("UPDATE accounts SET last_event = 0", "only grow"),
        ("UPDATE accounts SET last_entry = last_entry - 1", "only grow"),
        (
            "INSERT INTO accounts (account_id, name, created_at_ms, last_entry) VALUES (7, 'x', 0, -1)",
            "accounts_last_entry_counts"
        ),
        ("DELETE FROM accounts", "never deleted"),
        ("UPDATE tokens SET scopes = 15", "never changes"),
        ("UPDATE tokens SET revoked_at_ms = NULL WHERE revoked_at_ms IS NOT NULL", "stays revoked"),
        ("UPDATE schema_migrations SET checksum = zeroblob(32)", "never changed"),
        ("DELETE FROM schema_migrations", "never deleted"),
        ("DELETE FROM contacts", "only after its deletion"),
        ("UPDATE contacts SET email = 'b@example.com'", "never change"),
        ("UPDATE contacts SET position = position + 1", "never changes"),
        ("UPDATE contacts SET unsubscribe_reason = 'r'", "are_unsubscribed"),
        ("UPDATE contacts SET unsubscribed_at_ms = 0, unsubscribe_reason = ''", "reason_length"),
        (
            "INSERT INTO contact_deletions SELECT position, 0 FROM contacts; DELETE FROM contact_deletions",
            "never deleted"
        ),
        ("INSERT INTO contact_deletions VALUES (5, 0)", "has_account"),
        ("INSERT INTO mismatches VALUES (1, 1, '{}', 0)", "are_a_list"),
        ("INSERT INTO contact_gaps VALUES (5, 6, 0)", "have_account"),
        ("INSERT INTO contact_gaps VALUES ((1 << 40) + 5, (2 << 40) + 6, 0)", "ranges_of_one_account"),
        ("INSERT INTO contact_gaps VALUES ((1 << 40) + 6, (1 << 40) + 5, 0)", "ranges_of_one_account"),
        (
            "INSERT INTO contact_gaps VALUES ((1 << 40) + 5, (1 << 40) + 6, 0); UPDATE contact_gaps SET last_position = 0",
            "never given out"
        ),
        (
            "INSERT INTO contact_gaps VALUES ((1 << 40) + 5, (1 << 40) + 6, 0); DELETE FROM contact_gaps",
            "never given out"
        ),
        ("UPDATE store SET last_account = 9; UPDATE store SET last_account = 8", "only grow"),
        ("UPDATE store SET last_account = 8388608", "last_account_range"),
        ("INSERT INTO store SELECT 2, identifier_key, 0, 0, 0, 1, 0, 0 FROM store", "store_is_one_row"),
        ("INSERT INTO contacts (position, created_at_ms, updated_at_ms) VALUES (1099511627777, 0, 0)", "contacts_have"),
        ("INSERT INTO contacts (position, email, created_at_ms, updated_at_ms) VALUES (5, 'a@b.c', 0, 0)", "position"),
        (
            "INSERT INTO contacts (position, email, created_at_ms, updated_at_ms) VALUES (1099511627999, 'ADA@example.com', 0, 0)",
            "UNIQUE"
        ),
        (
            "INSERT INTO idempotency SELECT 99, account_id, '', fingerprint, 2, 0 FROM idempotency LIMIT 1",
            "idempotency_key_length"
        ),
        ("INSERT INTO accounts (account_id, name, created_at_ms) VALUES (8388608, 'x', 0)", "accounts_id_fits"),
        ("INSERT INTO accounts (account_id, name, created_at_ms) VALUES (7, 'default', 0)", "UNIQUE"),
        ("UPDATE accounts SET key_retention_ms = 0", "accounts_key_retention"),
        ("UPDATE accounts SET limit_minute = 0", "accounts_limit_minute_range"),
        ("UPDATE accounts SET limit_day = 1000000001", "accounts_limit_day_range"),
        ("UPDATE accounts SET last_app = 0", "only grow"),
        ("INSERT INTO rate_counts VALUES (1, 0, -1, 0, 0)", "rate_counts_minute_counts"),
        ("UPDATE oauth_apps SET scopes = 15", "never changes"),
        ("UPDATE oauth_apps SET client_id = 'app_00000000000000000000'", "never changes"),
        ("UPDATE oauth_apps SET secret_digest = zeroblob(32)", "higher version"),
        ("UPDATE signing_keys SET seed = zeroblob(32)", "never changed"),
        ("INSERT INTO signing_keys VALUES (9, zeroblob(31), 0, NULL)", "signing_keys_seed_length"),
        ("UPDATE ledger_segments SET entries = 0", "never changed"),
        ("UPDATE ledger_pages SET codes = zeroblob(8)", "never changed"),
        ("DELETE FROM ledger_pages", "only after its segment"),
        ("INSERT INTO ledger_pages VALUES (1, zeroblob(7))", "whole_codes"),
        ("INSERT INTO ledger_segments VALUES (9, 0, 5, 4, 0, 0, 1)", "are_ranges"),
        ("INSERT INTO ledger_segments VALUES (9, 0, 1, 4, 4, 1, 1)", "UNIQUE"),
    ]

    @Test("history cannot be changed, nor rules broken, by plain SQL either", arguments: statements)
    func forbidden(sql: String, reason: String) async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder, .small) { store in
            let account = try await store.defaultAccount
            // Enough for a segment.
            for number in 0..<200 { _ = try await store.ingest(try event(key: "k\(number)"), into: account) }
            _ = try await store.perform(.token(TokenSecret.random(), scopes: [.eventsRead]))
            _ = try await store.perform(.revokeToken(account: "default", id: 1))
            _ = try await store.perform(.app(.random(), scopes: [.eventsRead]))
        }
        let connection = try Connection(path: folder.store, mode: .readWrite)
        let error = #expect(throws: SQLiteError.self) { try connection.execute(sql) }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }
}
