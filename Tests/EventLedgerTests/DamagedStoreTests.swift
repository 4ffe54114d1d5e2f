import EventModel
import Foundation
import SQLite
import Testing

@testable import EventLedger

/// Values that no sound store holds, found when they are first read.
@Suite("A store with values that cannot be")
struct DamagedStoreTests {
    /// Damage that SQLite does not notice and that keeps a store from being opened.
    static let openingDamages: [(sql: String, says: String)] = [
        ("DROP TRIGGER store_is_never_deleted; DELETE FROM store", "identity is missing"),
        (
            """
            DROP TRIGGER store_keeps_its_identity; UPDATE store SET identifier_key = zeroblob(32);
            PRAGMA wal_checkpoint(TRUNCATE)
            """, "two copies of the key"
        ),
        (
            "DROP TRIGGER store_identity_is_never_changed; UPDATE store_identity SET identifier_key = zeroblob(32)",
            "two copies of the key"
        ),
        ("DROP TRIGGER store_identity_is_never_deleted; DELETE FROM store_identity", "two copies of the key"),
        ("INSERT INTO idempotency VALUES (900719925474099, 1, 'k', zeroblob(10), 1, 0)", "out of its order"),
        ("UPDATE store SET first_live_entry = 1 << 20", "is recorded as"),
        ("INSERT INTO idempotency VALUES (-5, 1, 'k', zeroblob(10), 1, 0)", "numbers out of range"),
        ("DROP TRIGGER tokens_keep_what_they_allow; UPDATE tokens SET digest = x'00'", "digest of a token"),
        (
            "DROP TRIGGER idempotency_is_never_changed; UPDATE idempotency SET fingerprint = zeroblob(8)",
            "of the ledger is damaged"
        ),
        (
            "DROP TRIGGER signing_keys_are_never_changed; UPDATE signing_keys SET key_id = 9223372036854775807",
            "a signing key is damaged"
        ),
        ("INSERT INTO ledger_pages VALUES (1 << 62, zeroblob(8))", "numbers out of range"),
        (
            """
            DROP TRIGGER oauth_apps_get_a_new_version_with_a_new_secret;
            UPDATE oauth_apps SET secret_digest = x'00'
            """, "digest of an app's secret"
        ),
    ]

    @Test("is not opened, and it says why", arguments: openingDamages)
    func opening(sql: String, says: String) async throws {
        let folder = try await filledStore()
        try folder.change(sql)
        let error = await #expect(throws: StoreError.self) { try await openStore(folder.store) }
        #expect(error.map { "\($0)".contains(says) } == true, "\(String(describing: error))")
    }

    /// Last numbers of an account that it cannot have given out.
    static let numberings: [(sql: String, says: String)] = [
        ("UPDATE accounts SET last_event = 1 << 50", "out of range"),
        (
            "DROP TRIGGER accounts_numbers_only_grow; UPDATE accounts SET last_event = last_event - 1",
            "above the highest numbers"
        ),
        (
            "DROP TRIGGER accounts_numbers_only_grow; UPDATE accounts SET last_contact = last_contact - 1",
            "above the highest numbers"
        ),
    ]

    @Test("an account whose numbers are out of range or behind its events takes nothing", arguments: numberings)
    func accountNumbers(sql: String, says: String) async throws {
        let folder = try await filledStore()
        try folder.change(sql)
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let error = await #expect(throws: StoreError.self) { try await store.ingest(try event(), into: account) }
            #expect(error.map { "\($0)".contains(says) } == true)
            #expect(try await store.verify().contains { $0.check == "sequences" })
        }
    }

    @Test("an account whose own number is out of range takes nothing")
    func accountNumber() async throws {
        let folder = try await filledStore()
        try folder.change("INSERT INTO accounts (account_id, name, created_at_ms) VALUES (9000000, 'beyond', 1)")
        try await withStore(in: folder) { store in
            let account = try #require(try await store.account(named: "beyond")).id
            await #expect(throws: StoreError.self) { try await store.ingest(try event(), into: account) }
        }
    }

    @Test(
        "contacts of an account whose numbers cannot be are counted within what an account can have",
        arguments: [
            "9223372036854775807", "-9223372036854775807 - 1",
        ]
    )
    func contactCount(number: String) async throws {
        let folder = try await filledStore()
        try folder.change(
            """
            PRAGMA ignore_check_constraints = ON; DROP TRIGGER accounts_numbers_only_grow;
            UPDATE accounts SET last_contact = \(number)
            """
        )
        let reader = try await SQLiteEventReader.open(at: folder.store)
        let account = try #require(try await reader.account(named: Account.defaultName)).id
        let page = try await reader.contacts(in: account, offset: 0, limit: 10)
        #expect((0...Limits.sequencePerAccount).contains(page.totalCount))
        #expect(page.contacts.count == 1)
    }

    @Test("an account with the highest number there is ends nothing when another one is made")
    func lastAccount() async throws {
        let folder = try await filledStore()
        try folder.change(
            """
            PRAGMA ignore_check_constraints = ON;
            INSERT INTO accounts (account_id, name, created_at_ms) VALUES (9223372036854775807, 'last', 1)
            """
        )
        try await withStore(in: folder) { store in
            let change = StoreChange.createAccount(name: "next", isStrict: false)
            _ = await #expect(throws: StoreError.self) { try await store.perform(change) }
        }
    }

    @Test("a contact that an index names for another account is not taken for one")
    func contactIndex() async throws {
        let folder = try await filledStore()
        try folder.change(
            """
            INSERT INTO contacts (position, email, created_at_ms, updated_at_ms)
            VALUES (1 << 40, 'zero@example.com', 0, 0)
            """
        )
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let error = await #expect(throws: StoreError.self) {
                try await store.ingest(try event(email: "zero@example.com"), into: account)
            }
            #expect(error.map { "\($0)".contains("an index of contacts") } == true)
        }
    }

    @Test("a contact whose row is gone is told as damage, and one that was deleted is not")
    func contactsGone() async throws {
        let folder = try await filledStore()
        let (lost, deleted) = try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            _ = try await store.ingest(try event(email: "deleted@example.com"), into: account)
            let page = try await store.contacts(in: account, offset: 0, limit: 9)
            let deleted = try #require(page.contacts.first { $0.email?.address == "deleted@example.com" }).id
            _ = try await store.perform(.delete(.id(deleted)), in: account)
            return (try #require(page.contacts.first { $0.id != deleted }).id, deleted)
        }
        try folder.change("DROP TRIGGER contacts_are_deleted_on_record_only; DELETE FROM contacts")
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await store.contact(.id(deleted), in: account) == nil)
            let error = await #expect(throws: StoreError.self) { try await store.contact(.id(lost), in: account) }
            #expect(error.map { "\($0)".contains("contact 1 of account 1 is missing") } == true)
        }
    }

    @Test("keys whose rows are gone are not passed over, and those that have expired are", arguments: [4, 6])
    func keysGone(entry: Int) async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            for number in 1...9 { _ = try await store.ingest(try event(key: "key-\(number)"), into: account) }
        }
        func keys() async throws -> Int {
            // Readers, such as an export, open the store nevertheless.
            let reader = try await SQLiteEventReader.open(at: folder.store)
            let account = try #require(try await reader.account(named: Account.defaultName)).id
            return try await reader.keys(in: account, of: 1...9, after: 0).keys.count
        }
        #expect(try await keys() == 9)
        try folder.change(
            "UPDATE store SET first_live_entry = 4; DELETE FROM idempotency WHERE entry < 3"
        )
        #expect(try await keys() == 6)
        try folder.change(
            "DROP TRIGGER idempotency_is_deleted_by_expiry_only; DELETE FROM idempotency WHERE entry = \(entry)"
        )
        let error = await #expect(throws: StoreError.self) { try await keys() }
        #expect(error.map { "\($0)".contains("before entry \(entry + 1) are missing") } == true)
    }

    @Test(
        "an event whose row is gone is not passed over, and one that was erased is",
        arguments: [1, 3, 4, 7, 10] as [Int]
    )
    func eventGone(number: Int) async throws {
        let folder = TemporaryFolder()
        let ids = try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            var ids: [EventID] = []
            for _ in 1...10 { ids.append(try #require(try await store.ingest(try event(), into: account).eventID)) }
            let erased = [2, 5, 6, 9].map { ids[$0 - 1] }
            _ = try await store.perform(.eraseEvents(account: Account.defaultName, erased))
            return ids
        }
        let reader = try await SQLiteEventReader.open(at: folder.store)
        let account = try await reader.defaultAccount
        let cursors = [nil] + ids.map { FeedCursor(after: $0) }
        func expectMissing(_ missing: Int?) async throws {
            for start in 0..<cursors.count {
                for end in start..<cursors.count {
                    // The end of the feed stands for the last number that the account gave out.
                    let end = end == 0 ? cursors.count - 1 : end
                    let isMissing = missing.map { start < $0 && $0 <= end } ?? false
                    do {
                        let through = end == cursors.count - 1 ? nil : cursors[end]
                        try await reader.requireNoLostEvents(in: account, after: cursors[start], through: through)
                        #expect(!isMissing, "\(start) to \(end)")
                    } catch {
                        #expect(isMissing && "\(error)".contains("event \(number) of account 1 is missing"), "\(error)")
                    }
                }
            }
        }
        try await expectMissing(nil)
        try folder.change(
            "DROP TRIGGER events_are_deleted_by_erasure_only; DELETE FROM events WHERE position = (1 << 40) + \(number)"
        )
        try await expectMissing(number)
        await reader.close()
    }

    @Test("a segment that cannot be is found, and the rest is looked at all the same")
    func segment() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder, .small) { store in
            let account = try await store.defaultAccount
            for number in 0..<200 { _ = try await store.ingest(try event(key: "key-\(number)"), into: account) }
        }
        try folder.change(
            """
            DROP TRIGGER ledger_segments_are_never_changed;
            UPDATE ledger_segments SET level = 99
            WHERE segment = (SELECT segment FROM ledger_segments ORDER BY first_entry LIMIT 1)
            """
        )
        let reader = try await SQLiteEventReader.open(at: folder.store)
        let found = try await reader.verify()
        await reader.close()
        #expect(found.contains { $0.check == "index" && $0.message.contains("the description of segment") }, "\(found)")
    }

    @Test("a store of an older schema is not read as it is")
    func olderSchema() async throws {
        let folder = try await filledStore()
        try folder.change("PRAGMA user_version = 3")
        let error = await #expect(throws: StoreError.self) { try await SQLiteEventReader.open(at: folder.store) }
        guard case .needsMigration(found: 3, known: _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    private func filledStore() async throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            _ = try await store.ingest(try event(key: "key"), into: try await store.defaultAccount)
            _ = try await store.perform(
                .createToken(
                    account: Account.defaultName,
                    name: "token",
                    scopes: .init([.eventsWrite]),
                    digest: Array(repeating: 2, count: 32),
                    expiresAt: nil
                )
            )
            _ = try await store.perform(
                .createApp(
                    account: Account.defaultName,
                    name: "app",
                    scopes: .init([.eventsWrite]),
                    clientID: ClientID.random(),
                    secretDigest: Array(repeating: 1, count: 32)
                )
            )
        }
        return folder
    }
}
