import EventModel
import Foundation
import SQLite
import Testing

@testable import EventLedger

/// What no sound store holds, found where it is first looked at.
@Suite("A store with values that cannot be")
struct DamagedStoreTests {
    /// Damages that SQLite does not see, and that keep a store from being opened.
    static let openingDamages: [(sql: String, says: String)] = [
        ("DROP TRIGGER store_is_never_deleted; DELETE FROM store", "identity is missing"),
        ("INSERT INTO idempotency VALUES (900719925474099, 1, 'k', zeroblob(10), 1, 0)", "out of its order"),
        ("INSERT INTO idempotency VALUES (-5, 1, 'k', zeroblob(10), 1, 0)", "numbers out of range"),
        ("DROP TRIGGER tokens_keep_what_they_allow; UPDATE tokens SET digest = x'00'", "digest of a token"),
        (
            "DROP TRIGGER idempotency_is_never_changed; UPDATE idempotency SET fingerprint = zeroblob(8)",
            "of the ledger is damaged"
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
        try change(folder, sql)
        let error = await #expect(throws: StoreError.self) { try await openStore(folder.store) }
        #expect(error.map { "\($0)".contains(says) } == true, "\(String(describing: error))")
    }

    @Test("an account whose numbers are out of range takes nothing")
    func accountNumbers() async throws {
        let folder = try await filledStore()
        try change(folder, "UPDATE accounts SET last_event = 1 << 50 WHERE account_id = 1")
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let error = await #expect(throws: StoreError.self) { try await store.ingest(try event(), into: account) }
            #expect(error.map { "\($0)".contains("out of range") } == true)
        }
    }

    @Test("a contact that an index names for another account is not taken for one")
    func contactIndex() async throws {
        let folder = try await filledStore()
        try change(
            folder,
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

    @Test("a segment that cannot be is found, and the rest is looked at all the same")
    func segment() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder, .small) { store in
            let account = try await store.defaultAccount
            for number in 0..<200 { _ = try await store.ingest(try event(key: "key-\(number)"), into: account) }
        }
        try change(
            folder,
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
        try change(folder, "PRAGMA user_version = 3")
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

    private func change(_ folder: TemporaryFolder, _ sql: String) throws {
        let connection = try Connection(path: folder.store, mode: .readWrite)
        try connection.execute("PRAGMA ignore_check_constraints = ON; " + sql)
    }
}

@Suite("What an account and an operator cannot have")
struct RefusalTests {
    @Test("an account that has given out its last number takes no more events and no more contacts")
    func fullAccount() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { _ in }
        let connection = try Connection(path: folder.store, mode: .readWrite)
        try connection.execute("UPDATE accounts SET last_event = (1 << 40) - 1, last_contact = (1 << 40) - 1")
        connection.close()
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
        // Longer ago than there is a time for.
        let outcome = try await store.perform(.expireKeys(olderThanMilliseconds: .max))
        guard case .keysExpired(count: 0) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        await store.close()
        await #expect(throws: StoreError.closed) { try await store.replay(of: key, in: nobody) }
        await #expect(throws: StoreError.closed) { try await store.history(of: key, in: nobody) }
    }

    @Test(
        "whoever holds a store whose lock says nothing useful is held by somebody unknown",
        arguments: ["", "nobody\n", "99999999999\n"]
    )
    func unknownHolder(text: String) throws {
        let folder = TemporaryFolder()
        let path = try StorePath(folder.store)
        #expect(StoreLock.holder(of: path) == nil)
        let lock = try StoreLock(path)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path.lock))
        #expect(StoreLock.holder(of: path) == 0)
        _ = consume lock
        #expect(StoreLock.holder(of: path) == nil)
    }

    @Test("a list that is longer than a transaction runs by itself")
    func longList() throws {
        let account = Account.ID(rawValue: 1)
        let prepared = PreparedEvent(try event(), for: account, .forTests)
        let count = Limits.commandsPerTransaction + 1
        let list = WriterCommand.ingestMany(Array(repeating: prepared, count: count), account: account) { _ in }
        var room = TransactionRoom()
        let isListIn = room.take(list)
        #expect(isListIn)
        let single = WriterCommand.ingest(prepared, account: account, completion: .call { _ in })
        let isSingleIn = room.take(single)
        #expect(!isSingleIn)
        var begun = TransactionRoom()
        let isFirstIn = begun.take(single)
        let isListInBehind = begun.take(list)
        #expect(isFirstIn && !isListInBehind)
    }
}
