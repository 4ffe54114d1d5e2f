import EventModel
import SQLite
import Testing

@testable import EventLedger

@Suite("Keys that came again with another payload")
struct MismatchTests {
    @Test("are listed with where the payload differed, and no others are", arguments: [false, true])
    func listed(isStrict: Bool) async throws {
        try await withStore { store in
            _ = try await store.perform(.createAccount(name: "shop", isStrict: isStrict))
            let account = try #require(try await store.account(named: "shop")).id
            let other = try await store.defaultAccount
            for key in ["a", "b", "c", "d"] {
                _ = try await store.ingest(try event(data: #"{"n":1,"m":{"x":1}}"#, key: key), into: account)
            }
            _ = try await store.ingest(try event(key: "a"), into: other)
            _ = try await store.ingest(try event(data: "{}", key: "a"), into: other)

            _ = try await store.ingest(try event(data: #"{"n":2,"m":{"x":1}}"#, key: "c"), into: account)
            _ = try await store.ingest(try event(data: #"{"m":{"x":1},"n":1.0}"#, key: "d"), into: account)
            _ = try await store.ingest(try event("other", email: "x@example.com", key: "a"), into: account)
            _ = try await store.ingest(try event(data: #"{"n":1,"m":{"x":2}}"#, key: "c"), into: account)
            _ = try await store.replay(of: try IdempotencyKey("b"), in: account)

            let page = try await store.mismatches(in: account, after: 0, limit: 10)
            #expect(page.mismatches.map(\.key.description) == ["a", "b", "c"])
            #expect(page.mismatches.map(\.mismatches) == [1, 1, 2])
            #expect(
                page.mismatches.map(\.differences) == [
                    ["/event_type", "/email", "/event_data"], nil, ["/event_data/m/x"],
                ]
            )
            #expect(!page.hasMore)
            let first = try await store.mismatches(in: account, after: 0, limit: 2)
            #expect(first.hasMore)
            let rest = try await store.mismatches(in: account, after: first.lastEntry, limit: 2)
            #expect((first.mismatches + rest.mismatches) == page.mismatches)
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("tell that only the way to name the contact differed")
    func naming() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            _ = try await store.ingest(try event(key: "k"), into: account)
            let contact = try #require(
                try await store.contact(.email(try EmailAddress("ada@example.com")), in: account)
            )
            let named = NewEvent(
                type: try EventType("order_placed"),
                contact: .id(contact.id),
                idempotencyKey: try IdempotencyKey("k")
            )
            guard case .replayed(_, payloadDiffers: true) = try await store.ingest(named, into: account) else {
                Issue.record("naming the contact in another way is another payload")
                return
            }
            #expect(
                try await store.mismatches(in: account, after: 0, limit: 1).mismatches.first?.differences == [
                    "/privy_id"
                ]
            )
        }
    }

    @Test("hold no values, and what differed is gone with the event and with the key")
    func erased() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            for key in ["a", "b"] {
                _ = try await store.ingest(try event(data: #"{"name":"first-secret"}"#, key: key), into: account)
                _ = try await store.ingest(try event(data: #"{"name":"second-secret"}"#, key: key), into: account)
            }
            #expect(try await store.mismatches(in: account, after: 0, limit: 10).mismatches.count == 2)
        }
        for file in try folder.files() {
            #expect(!String(decoding: file.contents, as: UTF8.self).contains("second-secret"), "\(file.name)")
        }
        let position = Position(account: Account.ID(rawValue: 1), number: 1).rawValue
        let connection = try Connection(path: folder.store, mode: .readWrite)
        try connection.execute(
            "INSERT INTO erasures VALUES (\(position), \(position), 0); DELETE FROM events WHERE position = \(position)"
        )
        #expect(try connection.integer("SELECT count(*) FROM mismatches") == 1)
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let page = try await store.mismatches(in: account, after: 0, limit: 10)
            #expect(page.mismatches.map(\.differences) == [nil, ["/event_data/name"]])
            // Compared with nothing, because the event is gone.
            _ = try await store.ingest(try event(data: "{}", key: "a"), into: account)
            #expect(try await store.mismatches(in: account, after: 0, limit: 1).mismatches.first?.differences == nil)
            #expect(try await store.verify().isEmpty)
            _ = try await store.perform(.expireKeys(olderThanMilliseconds: 0))
            _ = try await store.ingest(try event(key: "new"), into: account)
            #expect(try await store.mismatches(in: account, after: 0, limit: 10).mismatches.isEmpty)
        }
    }

    @Test("are counted by key once the log of repeats has grown long, and no longer than their keys are there")
    func folded() async throws {
        let folder = TemporaryFolder()
        func counts(_ store: SQLiteEventStore, _ key: String) async throws -> [Int64] {
            let account = try await store.defaultAccount
            let history = try #require(try await store.history(of: try IdempotencyKey(key), in: account))
            return [history.replays, history.mismatches]
        }
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            for key in ["a", "b"] { _ = try await store.ingest(try event(key: key), into: account) }
        }
        try folder.change(
            """
            WITH RECURSIVE row(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < \(Limits.replayLogRows))
            INSERT INTO replays (entry, replays, mismatches, last_replayed_at_ms) SELECT 1 + (n > 3), 2, 1, n FROM row
            """
        )
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let rest = Int64(Limits.replayLogRows - 3)
            #expect(try await counts(store, "a") == [6, 3])
            for _ in 0..<3 {
                for key in ["a", "b"] { _ = try await store.ingest(try event(data: "{}", key: key), into: account) }
                _ = try await counts(store, "a")
            }
            #expect(try await counts(store, "a") == [9, 6])
            #expect(try await counts(store, "b") == [2 * rest + 3, rest + 3])
            #expect(
                try await store.mismatches(in: account, after: 0, limit: 9).mismatches.map(\.mismatches) == [
                    6, rest + 3,
                ]
            )
            #expect(try await store.status().replays == 2 * rest + 12)
            let reader = try Connection(path: folder.store, mode: .readOnly)
            #expect(try reader.integer("SELECT count(*) FROM replays") ?? 0 <= Limits.replayLogRows)
            #expect(try reader.integer("SELECT count(*) FROM replay_counts") == 2)
            #expect(try await store.verify().isEmpty)
        }
        try folder.change("UPDATE store SET first_live_entry = 2; DELETE FROM idempotency WHERE entry = 1")
        let reader = try Connection(path: folder.store, mode: .readOnly)
        #expect(try reader.integer("SELECT min(entry) FROM replay_counts") == 2)
    }

    @Test("wait to be compared within bounds, the newest payload of each")
    func notes() throws {
        func note(_ entry: Int64, bytes: Int) throws -> MismatchNotes.Note {
            let data = #"{"a":""# + String(repeating: "x", count: bytes) + #""}"#
            let prepared = PreparedEvent(
                try event(data: data, key: "k"),
                for: Account.ID(rawValue: 1),
                .forTests
            )
            return .init(
                entry: entry,
                event: Position(account: Account.ID(rawValue: 1), number: entry),
                payload: prepared
            )
        }
        var notes = MismatchNotes()
        let small = try note(1, bytes: 10)
        notes.add(small)
        notes.add(try note(1, bytes: 20))
        #expect(notes.take(bytes: 0).isEmpty)
        #expect(notes.take(bytes: .max).count == 1)
        #expect(notes.isEmpty)
        for entry in 1...Int64(Limits.mismatchesInMemory + 5) { notes.add(try note(entry, bytes: 10)) }
        #expect(notes.take(bytes: .max).count == Limits.mismatchesInMemory)
        for entry in 1...100 as ClosedRange<Int64> { notes.add(try note(entry, bytes: 100_000)) }
        let taken = notes.take(bytes: 350_000)
        #expect(taken.count == 3)
        notes.putBack(taken)
        #expect(notes.take(bytes: .max).count == Limits.mismatchBytesInMemory / 100_200)
    }
}
