import EventModel
import SQLite
import Testing

@testable import EventLedger

@Suite("Keys that expire")
struct KeyExpiryTests {
    private static let day: Int64 = 86_400_000

    /// A store with keys 0..<400 of which the first 300 were accepted forty days ago.
    private func agedStore() async throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        try await withStore(in: folder, .small) { store in
            let account = try await store.defaultAccount
            for number in 0..<400 { _ = try await store.ingest(try event(key: "key-\(number)"), into: account) }
        }
        let connection = try Connection(path: folder.store, mode: .readWrite)
        try connection.execute(
            """
            DROP TRIGGER idempotency_is_never_changed;
            UPDATE idempotency SET accepted_at_ms = accepted_at_ms - \(40 * KeyExpiryTests.day) WHERE entry <= 300;
            """
        )
        return folder
    }

    private func expect(_ store: SQLiteEventStore, knows number: Int, _ isKnown: Bool = true) async throws {
        let account = try await store.defaultAccount
        let history = try await store.history(of: try IdempotencyKey("key-\(number)"), in: account)
        #expect((history != nil) == isKnown, "key \(number)")
    }

    @Test("keys that are older than asked for are not known any more, and the others are")
    func byAge() async throws {
        let folder = try await agedStore()
        try await withStore(in: folder, .small) { store in
            let account = try await store.defaultAccount
            let outcome = try await store.perform(.expireKeys(olderThanMilliseconds: 30 * KeyExpiryTests.day))
            #expect(outcome == .keysExpired(count: 300))
            #expect(
                try await store.perform(.expireKeys(olderThanMilliseconds: 30 * KeyExpiryTests.day))
                    == .keysExpired(count: 0)
            )
            for number in [0, 150, 299] {
                try await expect(store, knows: number, false)
                #expect(try await store.ingest(try event(key: "key-\(number)"), into: account).isAccepted)
                #expect(try await !store.ingest(try event(key: "key-\(number)"), into: account).isAccepted)
            }
            for number in [300, 399] { try await expect(store, knows: number) }
        }
        try await withStore(in: folder, .small) { store in
            try await expect(store, knows: 1, false)
            try await expect(store, knows: 0)
            try await expect(store, knows: 300)
            #expect(try await store.status().events == 403)
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test(
        "what has expired by the window of its account stays so when that is made longer, or is lifted",
        arguments: [400 * KeyExpiryTests.day, nil]
    )
    func longerWindow(milliseconds: Int64?) async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            // Its key is the oldest and is kept, and with it the rows of all others.
            _ = try await store.perform(.createAccount(name: "keeper", isStrict: false))
            let keeper = try #require(try await store.account(named: "keeper")).id
            _ = try await store.ingest(try event(key: "kept"), into: keeper)
            for number in 0..<3 {
                _ = try await store.ingest(try event(key: "key-\(number)"), into: try await store.defaultAccount)
            }
        }
        try folder.change(
            """
            DROP TRIGGER idempotency_is_never_changed;
            UPDATE idempotency SET accepted_at_ms = accepted_at_ms - \(40 * KeyExpiryTests.day)
            """
        )
        func set(_ milliseconds: Int64?, _ store: SQLiteEventStore) async throws {
            _ = try await store.perform(.setKeyRetention(account: Account.defaultName, milliseconds: milliseconds))
        }
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            try await set(30 * KeyExpiryTests.day, store)
            #expect(try await store.ingest(try event(key: "key-0"), into: account).isAccepted)
            try await set(milliseconds, store)
            try await expect(store, knows: 0)
            try await expect(store, knows: 1, false)
            #expect(try await !store.ingest(try event(key: "key-0"), into: account).isAccepted)
            #expect(try await store.ingest(try event(key: "key-1"), into: account).isAccepted)
        }
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await !store.ingest(try event(key: "key-1"), into: account).isAccepted)
            #expect(try await store.ingest(try event(key: "key-2"), into: account).isAccepted)
            let page = try await store.keys(in: account, of: 1...9, after: 0)
            #expect(page.keys.map(\.key.description) == ["key-0", "key-1", "key-2"])
            #expect(page.keys.map(\.event) == [4, 5, 6])
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("the room of what expired is given back while more comes in, also when everything expired")
    func roomIsGivenBack() async throws {
        let folder = try await agedStore()
        try await withStore(in: folder, .small) { store in
            let account = try await store.defaultAccount
            _ = try await store.perform(.expireKeys(olderThanMilliseconds: 30 * KeyExpiryTests.day))
            for number in 1_000..<2_000 { _ = try await store.ingest(try event(key: "key-\(number)"), into: account) }
            #expect(try await store.verify().isEmpty)
        }
        let connection = try Connection(path: folder.store, mode: .readWrite)
        #expect(try connection.integer("SELECT min(entry) FROM idempotency") == 301)
        #expect(try connection.integer("SELECT min(last_entry) FROM ledger_segments") ?? 0 >= 301)
        try connection.execute(
            "UPDATE idempotency SET accepted_at_ms = 1"
        )
        try await withStore(in: folder, .small) { store in
            let account = try await store.defaultAccount
            _ = try await store.perform(.expireKeys(olderThanMilliseconds: 30 * KeyExpiryTests.day))
            #expect(try await store.ingest(try event(key: "key-1000"), into: account).isAccepted)
            #expect(try await store.verify().isEmpty)
        }
        #expect(try connection.integer("SELECT max(entry) FROM idempotency") == 1_401)
    }

    @Test("a store whose keys have all expired, and whose rows are gone, opens and goes on numbering")
    func nothingIsLeft() throws {
        let folder = TemporaryFolder()
        let account = Account.ID(rawValue: 1)
        do {
            var session = try openSession(in: folder, .small)
            for number in 0..<3 { _ = try session.run([.prepared(try event(key: "key-\(number)"), account)]) }
            session.clock = { .now().advanced(byMilliseconds: 1_000) }
            _ = try session.run([.change(.expireKeys(olderThanMilliseconds: 1)) { _ in }])
            while session.hasBackgroundWork { try session.workInBackground() }
            #expect(try session.connection.integer("SELECT count(*) FROM idempotency") == 0)
        }
        var session = try openSession(in: folder, .small)
        #expect(try session.accepts("key-0"))
        #expect(try !session.accepts("key-0"))
        #expect(try session.connection.integer("SELECT max(entry) FROM idempotency") == 4)
    }

    @Test("an account's window lets its keys expire, and no other account's")
    func byAccount() async throws {
        let folder = try await agedStore()
        try await withStore(in: folder, .small) { store in
            let account = try await store.defaultAccount
            _ = try await store.perform(.createAccount(name: "other", isStrict: false))
            let other = try #require(try await store.account(named: "other")).id
            _ = try await store.ingest(try event(key: "key-0"), into: other)
            try await expect(store, knows: 0)
            guard
                case .accountChanged(let changed) = try await store.perform(
                    .setKeyRetention(account: "default", milliseconds: 30 * KeyExpiryTests.day)
                )
            else {
                Issue.record("the account was not changed")
                return
            }
            #expect(changed.keyRetentionMilliseconds == 30 * KeyExpiryTests.day)
            try await expect(store, knows: 0, false)
            try await expect(store, knows: 300)
            #expect(try await store.ingest(try event(key: "key-0"), into: account).isAccepted)
            try await expect(store, knows: 0)
            #expect(try await !store.ingest(try event(key: "key-0"), into: other).isAccepted)
        }
        let reader = try await SQLiteEventReader.open(at: folder.store)
        #expect(try await reader.history(of: try IdempotencyKey("key-1"), in: reader.defaultAccount) == nil)
        #expect(try await reader.history(of: try IdempotencyKey("key-0"), in: reader.defaultAccount) != nil)
        #expect(try await reader.verify().isEmpty)
        await reader.close()
        let connection = try Connection(path: folder.store, mode: .readOnly)
        #expect(try connection.integer("SELECT first_live_entry FROM store") == 301)
    }

    @Test("an operator's expiry and an account's window go together, whichever reaches further")
    func bothAtOnce() async throws {
        let folder = try await agedStore()
        try await withStore(in: folder, .small) { store in
            _ = try await store.perform(
                .setKeyRetention(account: "default", milliseconds: 30 * KeyExpiryTests.day)
            )
        }
        // When the store is opened, the account's window is applied in the transaction of the operator's expiry.
        try await withStore(in: folder, .small) { store in
            let outcome = try await store.perform(.expireKeys(olderThanMilliseconds: 20 * KeyExpiryTests.day))
            #expect(outcome == .keysExpired(count: 0))
            try await expect(store, knows: 0, false)
            try await expect(store, knows: 300)
        }
        let connection = try Connection(path: folder.store, mode: .readWrite)
        // An account whose window expires fewer keys than the operator does.
        try connection.execute(
            """
            UPDATE idempotency SET accepted_at_ms = accepted_at_ms - \(10 * KeyExpiryTests.day) WHERE entry > 350;
            UPDATE idempotency SET accepted_at_ms = accepted_at_ms - \(10 * KeyExpiryTests.day)
            WHERE entry BETWEEN 301 AND 350;
            UPDATE accounts SET key_retention_ms = \(100 * KeyExpiryTests.day);
            """
        )
        try await withStore(in: folder, .small) { store in
            let outcome = try await store.perform(.expireKeys(olderThanMilliseconds: 5 * KeyExpiryTests.day))
            #expect(outcome == .keysExpired(count: 100))
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("a key that has expired is none of its event's any more, so that a walk along the ledger passes it over")
    func keysOfEvents() async throws {
        let folder = try await agedStore()
        try await withStore(in: folder, .small) { store in
            let account = try await store.defaultAccount
            #expect(
                try await store.keys(in: account, of: 299...302, after: 0).keys.map(\.event) == [299, 300, 301, 302]
            )
            _ = try await store.perform(.setKeyRetention(account: "default", milliseconds: 30 * KeyExpiryTests.day))
            #expect(try await store.keys(in: account, of: 299...302, after: 0).keys.map(\.event) == [301, 302])
            _ = try await store.ingest(try event(key: "key-0"), into: account)
            let again = try await store.keys(in: account, of: 1...401, after: 0).keys
            #expect(again.filter { $0.key.description == "key-0" }.map(\.event) == [401])
        }
    }

    @Test("a window of no time, and one of an account that does not exist, are refused")
    func refusals() async throws {
        try await withStore { store in
            #expect(
                try await store.perform(.setKeyRetention(account: "nobody", milliseconds: 1))
                    == .refused(.unknownAccount)
            )
            guard
                case .refused(.invalid) = try await store.perform(.setKeyRetention(account: "default", milliseconds: 0))
            else {
                Issue.record("a window of no time was taken")
                return
            }
        }
    }
}
