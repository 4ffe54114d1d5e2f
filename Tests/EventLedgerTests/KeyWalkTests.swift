import EventModel
import Testing

@testable import EventLedger

/// The keys of events, found by walking through the ledger.
@Suite struct KeyWalkTests {
    @Test("each event's key is found beside it, whatever other accounts do meanwhile")
    func everyKey() async throws {
        try await withStore { store in
            _ = try await store.perform(.createAccount(name: "other", isStrict: false))
            let account = try await store.defaultAccount
            let other = try #require(try await store.account(named: "other")).id
            for number in 1...60 {
                let key = number.isMultiple(of: 3) ? nil : "k\(number)"
                _ = try await store.ingest(try event(key: key), into: account)
                _ = try await store.ingest(try event(key: "o\(number)"), into: other)
            }
            var entry: Int64 = 0
            var found: [Int64: String] = [:]
            for events in [1...7 as ClosedRange<Int64>, 8...8, 9...9, 10...50, 51...60] {
                let page = try await store.keys(in: account, of: events, after: entry)
                #expect(page.keys.allSatisfy { events.contains($0.event) })
                #expect(page.keys.map(\.event) == page.keys.map(\.event).sorted())
                #expect(page.lastEntry >= entry)
                #expect(!page.hasMore)
                entry = page.lastEntry
                for key in page.keys { found[key.event] = key.key.description }
            }
            let wanted = (1...60 as ClosedRange<Int64>).filter { !$0.isMultiple(of: 3) }
            #expect(found == Dictionary(uniqueKeysWithValues: wanted.map { ($0, "k\($0)") }))
        }
    }

    @Test("a reader in another process does not know a key that has expired by its account's window")
    func expired() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let keeper = try await store.createAccount("keeper")
            _ = try await store.ingest(try event(key: "kept"), into: keeper)
            _ = try await store.ingest(try event(key: "k"), into: try await store.defaultAccount)
            _ = try await store.perform(.setKeyRetention(account: Account.defaultName, milliseconds: 3_600_000))
        }
        try folder.change(
            """
            DROP TRIGGER idempotency_is_never_changed;
            UPDATE idempotency SET accepted_at_ms = accepted_at_ms - 86400000
            """
        )
        let reader = try await SQLiteEventReader.open(at: folder.store)
        #expect(try await reader.history(of: try IdempotencyKey("k"), in: try await reader.defaultAccount) == nil)
        let keeper = try #require(try await reader.account(named: "keeper")).id
        #expect(try await reader.history(of: try IdempotencyKey("kept"), in: keeper) != nil)
        await reader.close()
    }

    @Test("events in the middle are found from the start, and a walk that has ended finds nothing more")
    func anywhere() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            for number in 1...20 { _ = try await store.ingest(try event(key: "k\(number)"), into: account) }
            let middle = try await store.keys(in: account, of: 10...12, after: 0)
            #expect(middle.keys.map(\.key.description) == ["k10", "k11", "k12"])
            let rest = try await store.keys(in: account, of: 13...99, after: middle.lastEntry)
            #expect(rest.keys.map(\.event) == Array(13...20))
            #expect(try await store.keys(in: account, of: 1...99, after: rest.lastEntry).keys.isEmpty)
        }
    }

    @Test("an entry is found that is the last of those that one call looks at, or the next one", arguments: [-1, 0, 1])
    func lastOfCall(offset: Int) async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            _ = try await store.ingest(try event(), into: try await store.createAccount("other"))
        }
        let last = Limits.rowsScannedPerPage + offset
        try folder.change(
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(last))
            INSERT INTO idempotency (entry, account_id, key, fingerprint, event_sequence, accepted_at_ms)
            SELECT i, iif(i = \(last), 2, 1), 'k' || i, zeroblob(10), iif(i = \(last), 1, i), 0 FROM n
            """
        )
        let reader = try await SQLiteEventReader.open(at: folder.store)
        let account = try #require(try await reader.account(named: "other")).id
        var page = KeyPage(keys: [], lastEntry: 0, hasMore: true)
        var found: [String] = []
        while page.hasMore {
            page = try await reader.keys(in: account, of: 1...1, after: page.lastEntry)
            found += page.keys.map(\.key.description)
        }
        #expect(found == ["k\(last)"])
        await reader.close()
    }
}
