import EventModel
import Foundation
import SQLite
import Testing

@testable import EventLedger

/// Events that are erased from the store: what goes with them, and what stays.
@Suite struct ErasureTests {
    @Test(
        "an erased event is gone from the store and from its files, its key answers as before, and no number comes again"
    )
    func erased() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            var ids: [EventID] = []
            for number in 1...6 {
                let padding = String(repeating: "x", count: number == 3 ? 9_000 : 10)
                let data = #"{"who":"somebody-\#(number)","padding":"\#(padding)"}"#
                let outcome = try await store.ingest(try event(data: data, key: "k\(number)"), into: account)
                ids.append(try #require(outcome.eventID))
            }
            let erasure = StoreChange.eraseEvents(account: Account.defaultName, [ids[3], ids[1], ids[2], ids[1]])
            #expect(store.metrics().checkpointSeconds.count == 0)
            #expect(try await store.perform(erasure) == .eventsErased(count: 3))
            // The log, which holds them as well, is restarted; that is done before the next command is answered.
            try await store.settle()
            #expect(store.metrics().checkpointSeconds.count == 1)
            #expect(try await store.perform(erasure) == .eventsErased(count: 0))
            for (index, id) in ids.enumerated() {
                #expect(try await (store.event(id, in: account) == nil) == (1...3).contains(index))
                let key = try IdempotencyKey("k\(index + 1)")
                let again = try await store.ingest(try event(data: "{}", key: "k\(index + 1)"), into: account)
                #expect(again == .replayed(StoredResponse(eventID: id), payloadDiffers: true))
                #expect(try await store.history(of: key, in: account)?.eventExists == !(1...3).contains(index))
            }
            // A reader whose cursor is at an erased event continues from there.
            let page = try await store.events(
                in: account,
                after: FeedCursor(after: ids[2]),
                limit: 10,
                matching: EventFilter()
            )
            #expect(page.events.map(\.id) == [ids[4], ids[5]])
            let next = try await store.ingest(try event(), into: account)
            let nextID = try #require(next.eventID)
            #expect(!ids.contains(nextID))
            #expect(try await store.event(nextID, in: account)?.sequence == 7)
            #expect(try await store.verify().isEmpty)
        }
        for file in try folder.files() {
            let contents = String(decoding: file.contents, as: UTF8.self)
            for number in 2...4 { #expect(!contents.contains("somebody-\(number)"), "\(file.name)") }
            #expect(!contents.contains(String(repeating: "x", count: 200)), "\(file.name)")
            if file.name.hasSuffix(".db") { #expect(contents.contains("somebody-1")) }
        }
        let connection = try Connection(path: folder.store, mode: .readOnly)
        #expect(try connection.integer("SELECT count(*) FROM erasures") == 1)
    }

    @Test(
        "nothing is left of erased events of one length where SQLite moved them, as with several accounts in turns"
    )
    func movedRows() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            var accounts = [try await store.defaultAccount]
            for name in ["second", "third"] { accounts.append(try await store.createAccount(name)) }
            var erased: [EventID] = []
            for round in 0..<100 {
                for account in accounts {
                    let events = try (0..<40).map { number in
                        let mark = number % 2 == 0 ? "somebody" : "other"
                        return try event(
                            email: "c\(number)@example.com",
                            data: #"{"mark":"\#(mark)-\#(round)-\#(number)"}"#
                        )
                    }
                    let results = await store.ingest(events, into: account)
                    guard account == accounts[1] else { continue }
                    for (number, result) in results.enumerated() where number % 2 == 0 {
                        erased.append(try #require(try result.get().eventID))
                    }
                }
            }
            for start in stride(from: 0, to: erased.count, by: 1_000) {
                let piece = Array(erased[start..<min(start + 1_000, erased.count)])
                let outcome = try await store.perform(.eraseEvents(account: "second", piece))
                #expect(outcome == .eventsErased(count: piece.count))
            }
        }
        let contents = try #require(try folder.files().first { $0.name == "events.db" }).contents
        // The other accounts have as many events with the mark, each of which occurs once.
        let marks = String(decoding: contents, as: UTF8.self).components(separatedBy: "somebody-").count - 1
        #expect(marks == 2 * 100 * 20)
    }

    // Going through all erasures before each event would take minutes.
    @Test(
        "what a reader held up is written over the database at the next look, or with the first event after it",
        arguments: [0, 1, 2],
        [false, true]
    )
    func heldUp(looks: Int, comesEvent: Bool) throws {
        let folder = TemporaryFolder()
        var session = try openSession(in: folder)
        let account = Account.ID(rawValue: 1)
        _ = try session.run([.prepared(try event(data: #"{"who":"somebody"}"#, key: "k"), account)])
        try session.connection.checkpoint(.truncate)
        func isInDatabase() throws -> Bool {
            try folder.files().contains {
                $0.name.hasSuffix(".db") && String(decoding: $0.contents, as: UTF8.self).contains("somebody")
            }
        }
        let reader = try Connection(path: folder.store, mode: .readOnly)
        try reader.execute("BEGIN; SELECT count(*) FROM events")
        let id = session.identifiers.eventID(at: Position(account: account, number: 1))
        _ = try session.run([.change(.eraseEvents(account: Account.defaultName, [id])) { _ in }])
        try session.checkpointIfDue()
        // While no event comes, the log does not grow.
        for _ in 0..<looks { try session.checkpointIfDue() }
        #expect(try isInDatabase())
        try reader.execute("COMMIT")
        if comesEvent { _ = try session.run([.prepared(try event(key: "next"), account)]) }
        try session.checkpointIfDue()
        #expect(try !isInDatabase())
    }

    @Test("an erasure is looked up at once, however many there were before", .timeLimit(.minutes(1)))
    func manyErasures() async throws {
        let folder = TemporaryFolder()
        try await openStore(folder.store).close()
        // Each in a range of its own, as erasing by contact leaves them.
        try folder.change(
            """
            WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100000)
            INSERT INTO erasures SELECT (1 << 40) + 2 * n, (1 << 40) + 2 * n, 1 FROM n
            """
        )
        let connection = try Connection(path: folder.store, mode: .readWrite)
        try connection.execute(
            """
            INSERT INTO contacts (position, email, created_at_ms, updated_at_ms) VALUES ((1 << 40) + 1, 'a@b.co', 1, 1);
            WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100000)
            INSERT INTO events (position, contact_number, event_type, received_at_ms)
            SELECT (1 << 40) + 2 * n, 1, 't', 1 FROM n
            """
        )
        try connection.execute("DELETE FROM events")
        #expect(try connection.integer("SELECT count(*) FROM events") == 0)
        #expect(throws: SQLiteError.self) {
            try connection.execute(
                """
                INSERT INTO events (position, contact_number, event_type, received_at_ms)
                VALUES ((1 << 40) + 5, 1, 't', 1); DELETE FROM events
                """
            )
        }
    }

    @Test("an address is not left behind in the files by a contact that was deleted")
    func deletedContact() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            for name in ["ada", "bob"] {
                _ = try await store.ingest(try event(email: "\(name)@example.com"), into: account)
            }
            _ = try await store.perform(.delete(.email(try EmailAddress("ada@example.com"))), in: account)
        }
        for file in try folder.files() {
            #expect(!String(decoding: file.contents, as: UTF8.self).contains("ada@example.com"), "\(file.name)")
        }
    }

    @Test("an erasure of nothing, of another account's events or of too many erases nothing")
    func refusals() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let outcome = try await store.ingest(try event(), into: account)
            let id = try #require(outcome.eventID)
            _ = try await store.perform(.createAccount(name: "other", isStrict: false))
            #expect(try await store.perform(.eraseEvents(account: "other", [id])) == .eventsErased(count: 0))
            #expect(try await store.perform(.eraseEvents(account: "default", [])) == .eventsErased(count: 0))
            #expect(try await store.perform(.eraseEvents(account: "none", [id])) == .refused(.unknownAccount))
            let tooMany = Array(repeating: id, count: Limits.eventsPerErasure + 1)
            let refused = try await store.perform(.eraseEvents(account: "default", tooMany))
            guard case .refused(.invalid(let field, _)) = refused else {
                throw StoreError.unexpected(reason: "\(refused)")
            }
            #expect(field == "events")
            #expect(try await store.event(id, in: account) != nil)
        }
    }
}
