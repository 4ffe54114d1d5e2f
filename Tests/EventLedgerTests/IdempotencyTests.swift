import EventModel
import Testing

@testable import EventLedger

@Suite("One key, one answer")
struct IdempotencyTests {
    @Test("a key that comes again gets the first answer, and no second event")
    func replay() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let first = try await store.ingest(try event(data: #"{"a":1,"b":2}"#, key: "k"), into: account)
            let again = try await store.ingest(try event(data: #"{ "b": 2.0, "a": 1 }"#, key: "k"), into: account)
            #expect(again == .replayed(StoredResponse(eventID: try #require(first.eventID)), payloadDiffers: false))
            #expect(try await store.status().events == 1)
            #expect(try await store.status().ledgerEntries == 1)
        }
    }

    @Test("two hundred concurrent calls with one key make one event and two hundred equal answers")
    func concurrent() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let given = try event(key: "k")
            let outcomes = try await withThrowingTaskGroup { group in
                for _ in 0..<200 {
                    group.addTask { try await store.ingest(given, into: account) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count == 200)
            #expect(outcomes.count(where: \.isAccepted) == 1)
            #expect(Set(outcomes.map(\.eventID)).count == 1)
            #expect(try await store.status().events == 1)
            let history = try #require(try await store.history(of: try IdempotencyKey("k"), in: account))
            #expect(history.replays == 199)
            #expect(history.mismatches == 0)
        }
    }

    @Test("another payload under the key gets the first answer too, and is counted")
    func mismatch() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let first = try #require(try await store.ingest(try event(key: "k"), into: account).eventID)
            let again = try await store.ingest(try event("order_paid", key: "k"), into: account)
            #expect(again == .replayed(StoredResponse(eventID: first), payloadDiffers: true))
            _ = try await store.ingest(try event(key: "k"), into: account)
            let history = try #require(try await store.history(of: try IdempotencyKey("k"), in: account))
            #expect(history.replays == 2)
            #expect(history.mismatches == 1)
            #expect(history.eventID == first)
            #expect(history.eventExists)
            #expect(history.lastReplayedAt != nil)
        }
    }

    @Test("a strict account refuses a key that comes with another payload")
    func strict() async throws {
        try await withStore { store in
            let account = try await store.createAccount("strict", isStrict: true)
            _ = try await store.ingest(try event(key: "k"), into: account)
            let other = try await store.ingest(try event("order_paid", key: "k"), into: account)
            #expect(other == .rejected(.keyReusedWithAnotherPayload))
            #expect(try await store.replay(of: try IdempotencyKey("k"), in: account) == other)
            let same = try await store.ingest(try event(key: "k"), into: account)
            #expect(same.eventID != nil)
        }
    }

    @Test("a payload that breaks a rule gets a known key's answer, and nothing for a free key")
    func invalidPayload() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let first = try #require(try await store.ingest(try event(key: "k"), into: account).eventID)
            let known = try await store.replay(of: try IdempotencyKey("k"), in: account)
            #expect(known == .replayed(StoredResponse(eventID: first), payloadDiffers: true))
            #expect(try await store.replay(of: try IdempotencyKey("free"), in: account) == nil)
        }
    }

    @Test("two accounts have the same key without seeing each other's")
    func accounts() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let other = try await store.createAccount("other")
            let first = try await store.ingest(try event(key: "k"), into: account)
            let second = try await store.ingest(try event(key: "k"), into: other)
            #expect(first.isAccepted && second.isAccepted)
            #expect(try await store.event(try #require(first.eventID), in: other) == nil)
        }
    }

    static let distinctKeys = [
        "é", "e\u{301}", "K", "k", "k ", " k", "k\u{200B}", "\u{FEFF}k",
        String(repeating: "a", count: 255), String(repeating: "a", count: 254),
    ]

    @Test("keys are told apart byte for byte")
    func bytes() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            for key in Self.distinctKeys {
                #expect(try await store.ingest(try event(key: key), into: account).isAccepted, "\(key)")
            }
            for key in Self.distinctKeys {
                #expect(try await store.ingest(try event(key: key), into: account).isAccepted == false, "\(key)")
            }
        }
    }

    @Test("a key answers after the store was closed and opened again")
    func reopened() async throws {
        let folder = TemporaryFolder()
        let first = try await withStore(in: folder) { store in
            try await store.ingest(try event(key: "k"), into: try await store.defaultAccount)
        }
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let again = try await store.ingest(try event(key: "k"), into: account)
            #expect(again == .replayed(StoredResponse(eventID: try #require(first.eventID)), payloadDiffers: false))
            #expect(try await store.ingest(try event(key: "other"), into: account).isAccepted)
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("repeats are counted across a clean close")
    func countsSurviveClose() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            for _ in 0..<4 { _ = try await store.ingest(try event(key: "k"), into: account) }
        }
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await store.history(of: try IdempotencyKey("k"), in: account)?.replays == 3)
            #expect(try await store.status().replays == 3)
        }
    }
}
