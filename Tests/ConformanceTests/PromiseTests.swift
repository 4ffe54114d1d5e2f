import EventLedger
import Synchronization
import Testing

/// The promises of ``EventStore``, tested only through the protocol.
@Suite("Every store") struct PromiseTests {
    @Test("1: what was answered is there when the store is opened again", arguments: StoreUnderTest.allCases)
    func durable(kind: StoreUnderTest) async throws {
        let answers = Mutex<[EventID]>([])
        try await kind.inTurn(
            { (store, account) async throws -> Void in
                for number in 0..<20 {
                    let outcome = try await store.ingest(try event(key: "k\(number)"), into: account)
                    let id = try #require(outcome.acceptedID)
                    answers.withLock { $0.append(id) }
                }
            },
            { (store, account) async throws -> Void in
                #expect(try await store.feed(of: account).map(\.id) == answers.withLock { $0 })
                #expect(try await store.verify().isEmpty)
            }
        )
    }

    @Test(
        "2: one key is one event and one answer, also at once and after reopening",
        arguments: StoreUnderTest.allCases
    )
    func oneKey(kind: StoreUnderTest) async throws {
        let first = Mutex<EventID?>(nil)
        try await kind.inTurn(
            { (store, account) async throws -> Void in
                let given = try event(data: #"{"a":1}"#, key: "é")
                let outcomes = try await withThrowingTaskGroup(of: IngestOutcome.self) { group in
                    for _ in 0..<50 { group.addTask { try await store.ingest(given, into: account) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let accepted = outcomes.compactMap(\.acceptedID)
                #expect(accepted.count == 1)
                #expect(Set(outcomes.compactMap(\.replayedID)) == Set(accepted))
                #expect(try await store.feed(of: account).count == 1)
                first.withLock { $0 = accepted.first }
            },
            { (store, account) async throws -> Void in
                let id = first.withLock { $0 }
                // The same meaning, another meaning, another account, and a key that only looks the same.
                let same = try await store.ingest(try event(data: #"{ "a" : 1.0 }"#, key: "é"), into: account)
                guard case .replayed(let stored, payloadDiffers: false) = same else {
                    Issue.record("\(same)")
                    return
                }
                #expect(stored.eventID == id)
                let other = try await store.ingest(try event(data: "{}", key: "é"), into: account)
                guard case .replayed(stored, payloadDiffers: true) = other else {
                    Issue.record("\(other)")
                    return
                }
                #expect(try await store.replay(of: try IdempotencyKey("é"), in: account)?.replayedID == id)
                let neighbour = try await store.makeAccount("neighbour")
                #expect(try await store.ingest(try event(key: "é"), into: neighbour).acceptedID != nil)
                #expect(try await store.ingest(try event(key: "e\u{301}"), into: account).acceptedID != nil)
            }
        )
    }

    @Test("2: a strict account refuses a known key with another payload", arguments: StoreUnderTest.allCases)
    func strict(kind: StoreUnderTest) async throws {
        try await kind.inTurn({ (store, _) async throws -> Void in
            let account = try await store.makeAccount("strict", isStrict: true)
            let id = try await store.ingest(try event(key: "k"), into: account).acceptedID
            #expect(try await store.ingest(try event(key: "k"), into: account).replayedID == id)
            let other = try await store.ingest(try event(data: "{}", key: "k"), into: account)
            #expect(other == .rejected(.keyReusedWithAnotherPayload))
            #expect(try await store.feed(of: account).count == 1)
            let page = try await store.mismatches(in: account, after: 0, limit: 10)
            #expect(page.mismatches.map(\.differences) == [["/event_data"]])
        })
    }

    static let data = [
        "{}", #"{"n":1.0,"m":1e400,"k":-0,"z":0.50}"#, #"{ "b" : 1,"a":[ ] , "b":2 }"#,
        #"{"s":"\u00e9é\ud800\/","t":"\u0000"}"#, #"{"nested":[[[[{"deep":[null,true,false]}]]]]}"#,
        "{\r\n\t\"x\" : \"y\"\n}", #"{"digits":1234567890123456789012345678901234567890}"#,
    ]

    @Test("3: data comes out byte for byte", arguments: StoreUnderTest.allCases, data)
    func verbatim(kind: StoreUnderTest, data: String) async throws {
        try await kind.inTurn(
            { (store, account) async throws -> Void in
                #expect(try await store.ingest(try event(data: data), into: account).acceptedID != nil)
            },
            { (store, account) async throws -> Void in
                #expect(try await store.feed(of: account).map(\.data?.utf8) == [Array(data.utf8)])
            }
        )
    }

    @Test("4: a reader beside writers sees every event once, in one order", arguments: StoreUnderTest.allCases)
    func noHoles(kind: StoreUnderTest) async throws {
        try await kind.inTurn({ (store, account) async throws -> Void in
            let total = 400
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        for number in 0..<(total / 4) {
                            _ = try await store.ingest(try event(key: "\(writer)-\(number)"), into: account)
                        }
                    }
                }
                group.addTask {
                    // Follows the feed while it grows: a later event never comes before one that was already seen.
                    var seen: [EventID] = []
                    var cursor: FeedCursor?
                    while seen.count < total {
                        let page = try await store.events(
                            in: account,
                            after: cursor,
                            limit: 13,
                            matching: EventFilter()
                        )
                        seen += page.events.map(\.id)
                        cursor = page.nextCursor
                        await Task.yield()
                    }
                    #expect(Set(seen).count == total)
                    #expect(try await store.feed(of: account, page: 1_000).map(\.id) == seen)
                }
                try await group.waitForAll()
            }
        })
    }

    @Test("4: a list is stored in its order, each event with a result of its own", arguments: StoreUnderTest.allCases)
    func list(kind: StoreUnderTest) async throws {
        try await kind.inTurn({ (store, account) async throws -> Void in
            let nobody = NewEvent(
                type: try EventType("t"),
                contact: .id(try #require(ContactID("cus_0000000000000000")))
            )
            let list = [try event("a", key: "1"), nobody, try event("b"), try event("a", key: "1"), try event("c")]
            let results = await store.ingest(list, into: account).map { try? $0.get() }
            #expect(results.map { $0?.acceptedID != nil } == [true, false, true, false, true])
            #expect(results[1] == .unknownContact)
            #expect(results[3]?.replayedID == results[0]?.acceptedID)
            let feed = try await store.feed(of: account)
            #expect(feed.map(\.type.name) == ["a", "b", "c"])
            #expect(feed.map(\.id) == results.compactMap { $0?.acceptedID })
        })
    }

    @Test("6: what cannot be done is said at once, and nothing of it is there", arguments: StoreUnderTest.allCases)
    func refusals(kind: StoreUnderTest) async throws {
        try await kind.inTurn({ (store, account) async throws -> Void in
            let nobody = NewEvent(
                type: try EventType("t"),
                contact: .id(try #require(ContactID("cus_0000000000000000"))),
                idempotencyKey: try IdempotencyKey("k")
            )
            #expect(try await store.ingest(nobody, into: account) == .unknownContact)
            // The key of a refused event is free.
            #expect(try await store.replay(of: try IdempotencyKey("k"), in: account) == nil)
            #expect(try await store.ingest(try event(key: "k"), into: account).acceptedID != nil)
            #expect(store.readiness() == nil)
            await store.close()
            #expect(store.readiness() == .closed)
            let given = try event()
            await #expect(throws: StoreError.closed) { try await store.ingest(given, into: account) }
            await #expect(throws: StoreError.closed) { try await store.dryRun(given, into: account) }
            await #expect(throws: StoreError.closed) { try await store.feed(of: account) }
        })
    }
}
