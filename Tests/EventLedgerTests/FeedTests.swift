import EventModel
import Testing

@testable import EventLedger

@Suite("Reading the feed")
struct FeedTests {
    @Test("pages follow each other in the order of commits, without holes and without repeats")
    func pages() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let results = await store.ingest(try (0..<25).map { try event(key: "k\($0)") }, into: account)
            let ids = try results.map { try #require(try $0.get().eventID) }

            var read: [EventID] = []
            var cursor: FeedCursor?
            var hasMore = true
            while hasMore {
                let page = try await store.events(in: account, after: cursor, limit: 10)
                read += page.events.map(\.id)
                (cursor, hasMore) = (page.nextCursor, page.hasMore)
            }
            #expect(read == ids)
            #expect(cursor == FeedCursor(after: ids[24]))
        }
    }

    @Test("a full page that is the last one says so")
    func lastFullPage() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            _ = await store.ingest(try (0..<10).map { _ in try event() }, into: account)
            let page = try await store.events(in: account, limit: 10)
            #expect(page.events.count == 10)
            #expect(!page.hasMore)
        }
    }

    @Test("at the end of the feed a page is empty and its cursor stays, until something new comes")
    func tail() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let empty = try await store.events(in: account)
            #expect(empty == EventPage(events: [], nextCursor: nil, hasMore: false))
            let first = try #require(try await store.ingest(try event(), into: account).eventID)
            let cursor = try await store.events(in: account).nextCursor
            #expect(cursor == FeedCursor(after: first))
            let atEnd = try await store.events(in: account, after: cursor)
            #expect(atEnd == EventPage(events: [], nextCursor: cursor, hasMore: false))
            let second = try #require(try await store.ingest(try event(), into: account).eventID)
            #expect(try await store.events(in: account, after: cursor).events.map(\.id) == [second])
        }
    }

    @Test("a filter gives what fits, and the cursor passes over what does not")
    func filters() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            for index in 0..<6 {
                let type = index.isMultiple(of: 2) ? "even" : "odd"
                let email = index < 3 ? "ada@example.com" : "bob@example.com"
                _ = try await store.ingest(try event(type, email: email), into: account)
            }
            let even = EventFilter(type: try EventType("even"))
            let page = try await store.events(in: account, limit: 2, matching: even)
            #expect(page.events.map(\.sequence) == [1, 3])
            #expect(page.hasMore)
            let rest = try await store.events(in: account, after: page.nextCursor, matching: even)
            #expect(rest.events.map(\.sequence) == [5])
            #expect(!rest.hasMore)
            let end = try await store.events(in: account)
            #expect(rest.nextCursor == end.nextCursor)

            let bob = EventFilter(type: nil, contact: .email(try EmailAddress("BOB@example.com")))
            #expect(try await store.events(in: account, matching: bob).events.map(\.sequence) == [4, 5, 6])
            let nobody = EventFilter(contact: .email(try EmailAddress("nobody@example.com")))
            let none = try await store.events(in: account, matching: nobody)
            #expect(none == EventPage(events: [], nextCursor: end.nextCursor, hasMore: false))
            let unused = EventFilter(type: try EventType("nope"))
            #expect(try await store.events(in: account, matching: unused) == none)
        }
    }

    @Test("an account reads its own events only, and a cursor of another account is refused")
    func accounts() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let other = try await store.createAccount("other")
            _ = try await store.ingest(try event(), into: account)
            let theirs = try #require(try await store.ingest(try event(), into: other).eventID)
            #expect(try await store.events(in: account).events.count == 1)
            await #expect(throws: StoreError.unknownCursor) {
                try await store.events(in: account, after: FeedCursor(after: theirs))
            }
            let invented = try #require(FeedCursor("000000000000000000000000"))
            await #expect(throws: StoreError.unknownCursor) {
                try await store.events(in: account, after: invented)
            }
        }
    }

    @Test("sequence numbers have no gaps, whatever was refused in between")
    func noGaps() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            for index in 0..<10 {
                _ = try await store.ingest(try event(key: "k\(index / 2)"), into: account)
                _ = try await store.ingest(
                    NewEvent(type: try EventType("t"), contact: .id(try #require(ContactID("cus_zzzzzzzzzzzzzzzz")))),
                    into: account
                )
            }
            #expect(try await store.events(in: account).events.map(\.sequence) == [1, 2, 3, 4, 5])
        }
    }

    @Test("a reader that follows while many write never sees a hole or a late arrival")
    func following() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let total = 2_000
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for index in 0..<(total / 8) {
                            _ = try await store.ingest(try event(key: "\(writer)-\(index)"), into: account)
                        }
                    }
                }
                group.addTask {
                    var cursor: FeedCursor?
                    var expected: Int64 = 1
                    while expected <= total {
                        let page = try await store.events(in: account, after: cursor, limit: 100)
                        for event in page.events {
                            #expect(event.sequence == expected)
                            expected += 1
                        }
                        cursor = page.nextCursor
                        await Task.yield()
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("a filtered page that looked at all it may says that there is more")
    func filteredPage() async throws {
        let folder = TemporaryFolder()
        _ = try await withStore(in: folder) { store in
            try await store.ingest(try event(), into: Account.ID(rawValue: 1))
        }
        let last = Limits.rowsScannedPerPage + 1
        try folder.change(
            """
            WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < \(last))
            INSERT INTO events (position, contact_number, event_type, received_at_ms)
            SELECT (1 << 40) + i, 1, iif(i = \(last), 'wanted', 'other'), 0 FROM n;
            UPDATE accounts SET last_event = \(last) WHERE account_id = 1
            """
        )
        let reader = try await SQLiteEventReader.open(at: folder.store)
        let filter = EventFilter(type: try EventType("wanted"))
        let page = try await reader.events(in: Account.ID(rawValue: 1), after: nil, limit: 10, matching: filter)
        #expect(page.events.isEmpty && page.hasMore)
        let next = try await reader.events(
            in: Account.ID(rawValue: 1),
            after: page.nextCursor,
            limit: 10,
            matching: filter
        )
        #expect(next.events.count == 1 && !next.hasMore)
        await reader.close()
    }
}
