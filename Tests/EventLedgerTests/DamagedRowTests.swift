import EventModel
import Foundation
import SQLite
import Testing

@testable import EventLedger

/// Rows that exist but hold impossible values.
@Suite("A damaged row")
struct DamagedRowTests {
    @Test(
        "a key whose entry names an event of another account, or none, is an error, and does not answer with that",
        arguments: [(1 << 40) + 1, 0]
    )
    func foreignEvent(number: Int) async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            for key in ["a", "b"] { _ = try await store.ingest(try event(key: key), into: account) }
            _ = try await store.ingest(try event(key: "theirs"), into: try await store.createAccount("other"))
        }
        try folder.change(
            """
            DROP TRIGGER idempotency_is_never_changed;
            UPDATE idempotency SET event_sequence = \(number) WHERE entry = 1
            """
        )
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            await #expect(throws: StoreError.self) { try await store.ingest(try event(key: "a"), into: account) }
        }
    }

    @Test("data that is no object is an error, and does not go out", arguments: ["", "{", "}", "x", "[]", "{}x"])
    func data(stored: String) async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            _ = try await store.ingest(try event(data: "{\"a\":1}"), into: account)
        }
        try folder.change("DROP TRIGGER events_are_never_changed; UPDATE events SET data = '\(stored)'")
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let error = await #expect(throws: StoreError.self) { try await store.events(in: account) }
            #expect(error.map { "\($0)".contains("(1 of account 1) is not a JSON object") } == true)
        }
    }

    @Test("events that a page has in another order are an error, and the feed does not go back")
    func order() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            for number in 1...4 { _ = try await store.ingest(try event("t\(number)"), into: account) }
        }
        let connection = try Connection(path: folder.store, mode: .readOnly)
        let root = try #require(try connection.integer("SELECT rootpage FROM sqlite_schema WHERE name = 'events'"))
        let pageBytes = try #require(try connection.integer("PRAGMA page_size"))
        connection.close()
        // The pointers to the rows of a leaf begin after its header of eight bytes
        // (https://www.sqlite.org/fileformat2.html#b_tree_pages).
        var contents = try Data(contentsOf: URL(fileURLWithPath: folder.store))
        let pointers = Int((root - 1) * pageBytes) + 8
        let second = contents[pointers + 2..<pointers + 4]
        contents.replaceSubrange(pointers + 2..<pointers + 4, with: contents[pointers + 4..<pointers + 6])
        contents.replaceSubrange(pointers + 4..<pointers + 6, with: second)
        try contents.write(to: URL(fileURLWithPath: folder.store))
        let reader = try await SQLiteEventReader.open(at: folder.store)
        let account = try await reader.defaultAccount
        await #expect(throws: StoreError.self) {
            try await reader.events(in: account, after: nil, limit: 10, matching: EventFilter())
        }
        await reader.close()
    }

    @Test("counts of repeats that no sound file has do not keep new ones from being written")
    func replayCounts() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            _ = try await store.ingest(try event(key: "k"), into: try await store.defaultAccount)
        }
        try folder.change(
            """
            WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n <= \(Limits.replayLogRows + 10))
            INSERT INTO replays SELECT n, 1, 9223372036854775807, 9223372036854775807, 0 FROM n;
            INSERT INTO replay_counts VALUES (1, 9223372036854775807, 9223372036854775807, 0)
            """
        )
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            _ = try await store.ingest(try event(key: "k"), into: account)
        }
        let connection = try Connection(path: folder.store, mode: .readOnly)
        #expect(try connection.integer("SELECT count(*) FROM replays") ?? 0 == Limits.replayLogRows + 10)
        #expect(try connection.integer("SELECT replays FROM replay_counts") ?? 0 > 1 << 60)
    }
}
