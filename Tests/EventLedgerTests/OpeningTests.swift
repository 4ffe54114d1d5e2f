import EventModel
import Foundation
import SQLite
import Testing

@testable import EventLedger

@Suite("Opening a store")
struct OpeningTests {
    @Test("a second opening is told which process holds the store, and works once it is given up")
    func lock() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(folder.store)
        await #expect(throws: StoreError.inUse(processID: getpid())) {
            try await openStore(folder.store)
        }
        let path = try StorePath(folder.store)
        #expect(StoreLock.holder(of: path) == getpid())
        await store.close()
        #expect(StoreLock.holder(of: path) == nil)
        try await openStore(folder.store).close()
    }

    @Test("the lock that the superuser makes belongs to the database's owner, and one that was there to whom it did")
    func lockOwner() async throws {
        guard geteuid() == 0 else { return }
        let folder = TemporaryFolder()
        try await openStore(folder.store).close()
        func owner() throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: folder.store + ".lock")[.ownerAccountID] as? Int
        }
        try #require(chown(folder.store, 4_711, 4_711) == 0)
        try await openStore(folder.store).close()
        #expect(try owner() == 0)
        try FileManager.default.removeItem(atPath: folder.store + ".lock")
        try await openStore(folder.store).close()
        #expect(try owner() == 4_711)
    }

    @Test("a lock of another user is named, with whose it is and what to do")
    func lockOfAnother() async throws {
        let folder = TemporaryFolder()
        let path = try StorePath(folder.store)
        #expect(StoreLock.notPermitted(path).contains("needs a folder that this user may write to"))
        try await openStore(folder.store).close()
        #expect(StoreLock.notPermitted(path).contains("\(path.lock) failed: Permission denied; it belongs to user "))
        #expect(StoreLock.notPermitted(path).contains("(chown)"))
    }

    @Test("a store that has stopped is held until it is closed, since it still answers from what it knows")
    func stopped() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(folder.store)
        let account = try await store.defaultAccount
        _ = try await store.ingest(try event(key: "k"), into: account)
        try folder.change(
            "DROP TRIGGER idempotency_is_never_changed; UPDATE idempotency SET fingerprint = zeroblob(8)"
        )
        await #expect(throws: StoreError.self) { try await store.ingest(try event(key: "k"), into: account) }
        #expect(store.readiness() != nil)
        await #expect(throws: StoreError.inUse(processID: getpid())) { try await openStore(folder.store) }
        await store.close()
        #expect(StoreLock.holder(of: try StorePath(folder.store)) == nil)
    }

    @Test("a log that another process goes on reading is not begun anew, and the error says so")
    func readerInTheWay() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(folder.store)
        _ = try await store.ingest(try event(), into: try await store.defaultAccount)
        let reader = try Connection(path: folder.store, mode: .readOnly)
        let writer = try Connection(path: folder.store, mode: .readWrite, busyTimeoutMilliseconds: 0)
        try StoreOpening.configure(writer)
        try reader.execute("BEGIN; SELECT count(*) FROM events")
        let error = #expect(throws: StoreError.self) { try StoreOpening.copyLog(writer) }
        #expect(error.map { "\($0)".contains("still reading") } == true, "\(String(describing: error))")
        try reader.execute("COMMIT")
        try StoreOpening.copyLog(writer)
        await store.close()
    }

    @Test("what a checkpoint has copied beside readers that stay is there when the process ends without a warning")
    func readersThatStay() throws {
        let folder = TemporaryFolder()
        let data = #"{"a":""# + String(repeating: "x", count: 3_000) + #""}"#
        let idle: Connection
        do {
            var session = try openSession(in: folder)
            session.checkpoints = CheckpointPlan(pages: 40)
            func write(_ session: inout WriterSession) throws {
                for _ in 0..<10 {
                    let commands = try (0..<20).map { _ in
                        try WriterCommand.prepared(try event(data: data), Account.ID(rawValue: 1))
                    }
                    _ = try session.run(commands)
                }
            }
            try write(&session)
            let slow = try Connection(path: folder.store, mode: .readOnly)
            try slow.execute("BEGIN; SELECT count(*) FROM events")
            // It keeps the log's index, which says how much of the log is in the database.
            idle = try Connection(path: folder.store, mode: .readOnly)
            #expect(try idle.integer("SELECT count(*) FROM events") == 200)
            try write(&session)
            try session.checkpointIfDue()
            let isIncomplete = session.checkpoints.nextPages > 40
            #expect(isIncomplete)
            #expect(try idle.integer("SELECT count(*) FROM events") == 400)
        }
        let next = try openSession(in: folder)
        #expect(try next.connection.text("PRAGMA integrity_check") == "ok")
        #expect(try next.connection.integer("SELECT count(*) FROM events") == 400)
        #expect(try idle.integer("SELECT count(*) FROM events") == 400)
    }

    @Test("two names of one file are one store")
    func symbolicLink() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { _ in
            let alias = folder.path + "/alias.db"
            try FileManager.default.createSymbolicLink(atPath: alias, withDestinationPath: folder.store)
            await #expect(throws: StoreError.inUse(processID: getpid())) { try await openStore(alias) }
        }
    }

    @Test("the files of a store can be read by their owner only")
    func permissions() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            _ = try await store.ingest(try event(), into: try await store.defaultAccount)
            for name in ["events.db", "events.db-wal", "events.db-shm", "events.db.lock"] {
                #expect(try folder.permissions(of: name) == 0o600, "\(name)")
            }
        }
    }

    @Test("what SQLite was built to do by default does not matter")
    func settings() throws {
        let folder = TemporaryFolder()
        let session = try openSession(in: folder)
        try session.connection.execute(
            "PRAGMA synchronous = OFF; PRAGMA secure_delete = ON; PRAGMA trusted_schema = ON"
        )
        try StoreOpening.configure(session.connection)
        #expect(try session.connection.integer("PRAGMA synchronous") == 2)
        #expect(try session.connection.integer("PRAGMA secure_delete") == 2)
        #expect(try session.connection.integer("PRAGMA trusted_schema") == 0)
    }

    @Test("each opening for writing begins a new epoch, and a clean close leaves it")
    func epoch() async throws {
        let folder = TemporaryFolder()
        for epoch in 1...3 as ClosedRange<Int64> {
            try await withStore(in: folder) { store in
                let status = try await store.status()
                #expect(status.epoch == 2 * epoch - 1)
            }
        }
    }

    @Test("after a clean close everything is in the database file, and the log is empty")
    func cleanClose() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            _ = try await store.ingest(try event(key: "k"), into: try await store.defaultAccount)
        }
        #expect(StorePath.size(of: folder.store + "-wal") == 0)
        let reader = try await SQLiteEventReader.open(at: folder.store)
        #expect(try await reader.status().events == 1)
        await reader.close()
    }

    @Test("a closed store refuses everything at once")
    func closed() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(folder.store)
        let account = try await store.defaultAccount
        await store.close()
        let given = try event()
        await #expect(throws: StoreError.closed) { try await store.ingest(given, into: account) }
        await #expect(throws: StoreError.closed) { try await store.events(in: account) }
        #expect(store.readiness() == .closed)
    }

    @Test("a reader works beside the process that writes, and sees what is committed")
    func readerBesideWriter() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let reader = try await SQLiteEventReader.open(at: folder.store)
            #expect(try await reader.status().heldByProcess == getpid())
            let id = try #require(try await store.ingest(try event(), into: account).eventID)
            #expect(try await reader.event(id, in: account) != nil)
            await reader.close()
            #expect(try await store.ingest(try event(), into: account).isAccepted)
        }
    }

    @Test("reading a store that is not there creates nothing")
    func missing() async throws {
        let folder = TemporaryFolder()
        await #expect(throws: StoreError.self) { try await SQLiteEventReader.open(at: folder.store) }
        #expect(try folder.files().isEmpty)
    }

    static let unusable: [(name: String, make: @Sendable (TemporaryFolder) throws -> Void)] = [
        ("a text", { try Data("this is no database, however long it is".utf8).write(to: URL(filePath: $0.store)) }),
        (
            "a folder",
            { try FileManager.default.createDirectory(atPath: $0.store, withIntermediateDirectories: false) }
        ),
        (
            "another application's database",
            { folder in
                #expect(FileManager.default.createFile(atPath: folder.store, contents: nil))
                let connection = try Connection(path: folder.store, mode: .readWrite)
                try connection.execute("CREATE TABLE theirs (a)")
            }
        ),
        (
            "a log without its database",
            { try Data(repeating: 1, count: 5_000).write(to: URL(filePath: $0.store + "-wal")) }
        ),
    ]

    @Test("what is no store is refused and left as it was", arguments: unusable.indices)
    func refused(index: Int) async throws {
        let (name, make) = Self.unusable[index]
        let folder = TemporaryFolder()
        try make(folder)
        let before = FileManager.default.contents(atPath: folder.store)
        await #expect(throws: StoreError.self, "\(name)") { try await openStore(folder.store) }
        await #expect(throws: StoreError.self, "\(name)") { try await SQLiteEventReader.open(at: folder.store) }
        #expect(FileManager.default.contents(atPath: folder.store) == before, "\(name)")
    }

    @Test("a folder that does not exist is named in the error")
    func missingFolder() async throws {
        let folder = TemporaryFolder()
        do {
            _ = try await openStore(folder.path + "/missing/events.db")
            Issue.record("the store was opened")
        } catch {
            #expect("\(error)".contains("/missing"))
        }
    }

    @Test(
        "a store whose lock says nothing useful is held by somebody unknown",
        arguments: ["", "nobody\n", "99999999999\n"]
    )
    func unknownHolder(text: String) throws {
        let folder = TemporaryFolder()
        let path = try StorePath(folder.store)
        #expect(StoreLock.holder(of: path) == nil)
        let lock = try StoreLock(path)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path.lock))
        #expect(StoreLock.holder(of: path) == 0)
        _ = consume lock
        #expect(StoreLock.holder(of: path) == nil)
    }
}
