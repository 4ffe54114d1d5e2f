import EventModel
import Logging
import SQLite
import Testing

@testable import EventLedger

/// The writer's own code on a full disk: SQLite refuses to let the database grow beyond a number of pages, as it does
/// when the file system refuses.
@Suite("When a transaction fails")
struct FailureTests {
    private let account = Account.ID(rawValue: 1)

    /// A session on a store that holds one event.
    private func sessionWithKey(_ key: String, in folder: TemporaryFolder) throws -> WriterSession {
        var session = try openSession(in: folder)
        _ = try session.run([try command(key)])
        return session
    }

    private func command(
        _ key: String,
        email: String = "ada@example.com",
        bytes: Int = 100
    ) throws -> WriterCommand {
        let data = #"{"a":""# + String(repeating: "x", count: bytes) + #""}"#
        let event = try event(email: email, data: data, key: key)
        return try .prepared(event, account)
    }

    @Test("nothing of it is kept, its keys stay free, and later ones get through without a gap")
    func diskFull() throws {
        let folder = TemporaryFolder()
        var session = try openSession(in: folder)
        _ = try session.run([try command("before")])
        let pages = try #require(try session.connection.integer("PRAGMA page_count"))
        try session.connection.execute("PRAGMA max_page_count = \(pages + 10)")

        let batch = try (0..<20).map { try command("k\($0)", bytes: 20_000) }
        do throws(WriterSession.Failure) {
            var commands = batch
            _ = try session.run(&commands)
            Issue.record("the transaction got through")
        } catch {
            let cause = error.error
            #expect(cause.isDiskFull, "\(cause)")
            #expect(StoreError(cause) == .diskFull)
        }
        let isAutocommit = session.connection.isAutocommit
        #expect(isAutocommit)
        #expect(try session.connection.integer("SELECT count(*) FROM events") == 1)
        #expect(try session.connection.integer("SELECT count(*) FROM idempotency") == 1)

        try session.connection.execute("PRAGMA max_page_count = 1000000")
        let outcomes = try session.run(batch)
        for outcome in outcomes {
            guard case .ingest(.accepted) = outcome else {
                Issue.record("a key was taken by the transaction that failed: \(outcome)")
                return
            }
        }
        let positions = try session.connection.integer("SELECT max(sequence) FROM events")
        #expect(positions == 21)
        #expect(try session.connection.integer("SELECT last_event FROM accounts WHERE account_id = 1") == 21)
        #expect(try session.connection.integer("SELECT max(entry) FROM idempotency") == 21)
    }

    static let contactChanges: [@Sendable () throws -> ContactChange] = [
        { .create(try NewContact(email: try EmailAddress("eve@example.com"), phoneNumber: nil)) },
        { .update(.phone(try PhoneNumber("+4911111")), ContactUpdate(email: try EmailAddress("eve@example.com"))) },
    ]

    @Test("a contact that is gone with it is not found by its address again", arguments: contactChanges.indices)
    func contactsAreForgotten(index: Int) throws {
        let folder = TemporaryFolder()
        var session = try openSession(in: folder)
        _ = try session.run([contact(.create(try NewContact(email: nil, phoneNumber: try PhoneNumber("+4911111"))))])
        // The event adds no contact: it finds the one that the preceding change created.
        try session.fail([contact(try Self.contactChanges[index]()), try command("k", email: "eve@example.com")])

        for email in ["bob@example.com", "eve@example.com"] {
            _ = try session.run([try .prepared(try event(email: email), account)])
        }
        var emails: [String] = []
        try session.connection.prepare(
            """
            SELECT email FROM events JOIN contacts ON contacts.position = (events.account_id << 40 | contact_number)
            ORDER BY sequence
            """
        ).forEach { row in
            emails.append(row.text(0))
            return true
        }
        #expect(emails == ["bob@example.com", "eve@example.com"])
    }

    private func contact(_ change: ContactChange) -> WriterCommand {
        .contact(change, account: account) { _ in }
    }

    @Test("counts of repeats that could not be written are written later")
    func talliesArePutBack() throws {
        let folder = TemporaryFolder()
        var session = try sessionWithKey("k", in: folder)
        _ = try session.run([try command("k"), try command("k")])
        var hasWork = session.hasBackgroundWork
        #expect(hasWork)
        let other = try Connection(path: folder.store, mode: .readWrite)
        try session.connection.execute("PRAGMA busy_timeout = 0")
        let transaction = try other.beginImmediate()
        do throws(SQLiteError) {
            try session.workInBackground()
            Issue.record("two transactions at once")
        } catch {
            hasWork = session.hasBackgroundWork
            #expect(hasWork)
        }
        transaction.rollBack()
        try session.workInBackground()
        hasWork = session.hasBackgroundWork
        #expect(!hasWork)
        #expect(try session.connection.integer("SELECT sum(replays) FROM replays") == 2)
    }

    @Test("a payload that waits to be compared is dropped where its key has gone meanwhile")
    func keyExpiresFirst() throws {
        let folder = TemporaryFolder()
        var session = try sessionWithKey("k", in: folder)
        // Too large to be compared alongside commands, so it waits until no command does.
        _ = try session.run([try command("k", bytes: Limits.mismatchBytesPerTransaction)])
        session.clock = { .now().advanced(byMilliseconds: 86_400_000) }
        _ = try session.run([.change(.expireKeys(olderThanMilliseconds: 1_000)) { _ in }])
        _ = try session.run(try (0..<200).map { try command("new\($0)") })
        #expect(try session.connection.integer("SELECT count(*) FROM idempotency WHERE entry = 1") == 0)
        let isWaiting = session.hasPendingNotes
        #expect(isWaiting)
        while session.hasPendingNotes { try session.workInBackground() }
        #expect(try session.connection.integer("SELECT count(*) FROM mismatches") == 0)
    }

    @Test("brief repeats of large events are compared a few at a time, beside commands and when nobody waits")
    func largeEvents() throws {
        let folder = TemporaryFolder()
        var session = try openSession(in: folder)
        let count = 60
        _ = try session.run(try (0..<count).map { try command("k\($0)", bytes: 20_000) })
        _ = try session.run(try (0..<count).map { try command("k\($0)", bytes: 1) })
        _ = try session.run([try command("new")])
        // The last pair may exceed what a transaction compares.
        let beside = Limits.mismatchBytesPerTransaction / 20_000 + 1
        #expect(try session.connection.integer("SELECT count(*) FROM mismatches") == Int64(beside))
        try session.workInBackground()
        let idle = Limits.mismatchBytesPerIdleTransaction / 20_000 + 1
        #expect(try session.connection.integer("SELECT count(*) FROM mismatches") == Int64(beside + idle))
        while session.hasPendingNotes { try session.workInBackground() }
        #expect(try session.connection.integer("SELECT count(*) FROM mismatches") == Int64(count))
    }

    @Test("what is written to see whether there is room takes a page, and changes nothing")
    func commitPage() throws {
        let folder = TemporaryFolder()
        var session = try sessionWithKey("k", in: folder)
        let before = session.connection.logPages
        for count in 1...3 {
            try session.commitPage()
            let after = session.connection.logPages
            #expect(after == before + Int32(count))
        }
        #expect(try session.connection.integer("SELECT count(*) FROM events") == 1)
        #expect(try session.connection.integer("SELECT epoch FROM store") == 1)
    }

    @Test("a batch of repeats makes no transaction that has to be synced")
    func replaysDoNotWrite() throws {
        let folder = TemporaryFolder()
        var session = try sessionWithKey("k", in: folder)
        let before = session.connection.logPages
        _ = try session.run(try (0..<50).map { _ in try command("k") })
        let after = session.connection.logPages
        #expect(before == after)
    }

    @Test("keys that it let expire are still known")
    func expiry() throws {
        let folder = TemporaryFolder()
        var session = try openSession(in: folder)
        #expect(try session.accepts("k"))
        session.clock = { .now().advanced(byMilliseconds: 86_400_000) }
        try session.fail([.change(.expireKeys(olderThanMilliseconds: 1_000)) { _ in }])
        #expect(try session.accepts("another"))
        #expect(try !session.accepts("k"))
    }

    @Test("a token that it made is not good, and its repeats and other payloads are not counted")
    func tokensAndNotes() throws {
        let folder = TemporaryFolder()
        let index = TokenIndex()
        var session = try openSession(in: folder, tokenIndex: index)
        #expect(try session.accepts("k"))
        let secret = TokenDigest(hashing: "secret")
        let token = StoreChange.createToken(
            account: Account.defaultName,
            name: "t",
            scopes: ScopeSet([.eventsWrite]),
            digest: secret.bytes,
            expiresAt: nil
        )
        try session.fail([
            .prepared(try event(data: #"{"another":1}"#, key: "k"), account, session.hashers), .change(token) { _ in },
        ])
        var isPending = session.hasPendingNotes
        #expect(!isPending)
        #expect(try session.accepts("another"))
        #expect(index.authorization(for: secret, at: .now()) == nil)
        isPending = session.hasPendingNotes
        #expect(!isPending)
    }

    @Test("a command that is at fault fails alone: the others of its transaction get through, without a gap")
    func apart() async throws {
        let folder = TemporaryFolder()
        try await openStore(folder.store).close()
        // Stands for any reason for which SQLite may refuse a single command.
        try folder.change(
            "CREATE TRIGGER t BEFORE INSERT ON events WHEN NEW.event_type = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let results = await store.ingest(try ["good", "bad", "good"].map { try event($0) }, into: account)
            let isAccepted = results.map { (try? $0.get())?.isAccepted }
            #expect(isAccepted == [true, nil, true])
            #expect(try await store.events(in: account).events.map(\.sequence) == [1, 2])
            #expect(try await store.verify().isEmpty)
        }
    }
}
