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

    static let damages: [(sql: String, check: String)] = [
        ("DROP TRIGGER events_are_deleted_by_erasure_only; DELETE FROM events WHERE sequence = 3", "sequences"),
        ("DROP TRIGGER events_are_deleted_by_erasure_only; DELETE FROM events WHERE sequence = 10", "sequences"),
        ("DROP TRIGGER events_are_deleted_by_erasure_only; DELETE FROM events WHERE sequence = 3", "ledger"),
        ("DELETE FROM contacts WHERE number = 1", "events"),
        ("DELETE FROM contacts WHERE number = 1", "sequences"),
        ("DROP TRIGGER events_are_never_changed; UPDATE events SET data = '{' WHERE sequence = 2", "events"),
        ("DROP TRIGGER idempotency_is_deleted_by_expiry_only; DELETE FROM idempotency WHERE entry = 4", "ledger"),
        ("DROP TRIGGER idempotency_is_deleted_by_expiry_only; DELETE FROM idempotency WHERE entry = 1", "ledger"),
        (
            "DROP TRIGGER idempotency_is_never_changed; UPDATE idempotency SET event_sequence = 1 WHERE entry = 2",
            "ledger"
        ),
        ("DROP TRIGGER idempotency_is_never_changed; UPDATE idempotency SET account_id = 9 WHERE entry = 2", "ledger"),
    ]

    @Test("what does not fit together is found", arguments: damages)
    func damaged(sql: String, check: String) async throws {
        let folder = try await filledStore()
        try change(folder, sql)
        let found = try await findings(folder)
        #expect(found.contains { $0.check == check }, "\(found)")
    }

    @Test("an erased event is no gap, and its ledger entry still has its place")
    func erased() async throws {
        let folder = try await filledStore()
        let position = Position(account: Account.ID(rawValue: 1), number: 3).rawValue
        try change(
            folder,
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

    private func change(_ folder: TemporaryFolder, _ sql: String) throws {
        let connection = try Connection(path: folder.store, mode: .readWrite)
        try connection.execute(sql)
    }
}
