import EventModel
import Foundation
import Logging
import SQLite
import Synchronization
import Testing

@testable import EventLedger

/// SQLite goes on writing to files that no longer have a name.
@Suite("A store whose files are taken away while it is open")
struct GoneFilesTests {
    enum Loss: CaseIterable {
        case databaseRemoved, logRemoved, logIndexRemoved, lockRemoved
        case databaseReplaced, logReplaced, logIndexReplaced, lockReplaced, folderRenamed

        func happen(to folder: TemporaryFolder) throws {
            let files = FileManager.default
            switch self {
            case .databaseRemoved: try files.removeItem(atPath: folder.store)
            case .logRemoved: try files.removeItem(atPath: folder.store + "-wal")
            case .logIndexRemoved: try files.removeItem(atPath: folder.store + "-shm")
            case .lockRemoved: try files.removeItem(atPath: folder.store + ".lock")
            case .databaseReplaced: try replace(folder.store)
            case .logReplaced: try replace(folder.store + "-wal")
            case .logIndexReplaced: try replace(folder.store + "-shm")
            case .lockReplaced: try replace(folder.store + ".lock")
            case .folderRenamed: try files.moveItem(atPath: folder.path, toPath: folder.path + "-renamed")
            }
        }
    }

    @Test(
        "acknowledges nothing of a transaction in which it happens, also where a list is taken one by one",
        arguments: [1, 2]
    )
    func within(transaction: Int) throws {
        let folder = TemporaryFolder()
        let path = try StorePath(folder.store)
        let lock = try StoreLock(path)
        var session = try openSession(in: folder)
        // This makes the first transaction fail, after which each event gets a transaction of its own.
        try folder.change(
            "CREATE TRIGGER t BEFORE INSERT ON events WHEN NEW.event_type = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        // The clock is read once for each transaction.
        let begun = Mutex(0)
        session.clock = {
            if begun.withLock({
                $0 += 1
                return $0 == transaction
            }) {
                unlink(path.lock)
            }
            return .now()
        }
        let mailbox = WriterMailbox()
        var loop = WriterLoop(session: session, mailbox: mailbox, path: path, logger: Logger(label: "test"))
        let answers = Mutex<[Bool]>([])
        let account = Account.ID(rawValue: 1)
        let events = try (transaction == 1 ? ["good", "good"] : ["good", "bad", "good"]).map { type in
            PreparedEvent(try event(type), for: account, .forTests)
        }
        let list = WriterCommand.ingestMany(events, account: account) { results in
            answers.withLock { $0 = results.map { (try? $0.get()) != nil } }
        }
        loop.take(.run([list], TransactionRoom()))
        #expect(answers.withLock { $0 } == Array(repeating: false, count: events.count))
        #expect(mailbox.refusal != nil)
        _ = loop.close()
        _ = consume lock
    }

    @Test(
        "writes nothing where it is closed without its lock or with another log, and copies a log without a name",
        arguments: [(Loss.lockReplaced, true), (.logReplaced, true), (.logRemoved, false)]
    )
    func closing(loss: Loss, isLogLeft: Bool) async throws {
        let folder = TemporaryFolder()
        var database = Data()
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await store.ingest(try event(key: "k"), into: account).isAccepted)
            try loss.happen(to: folder)
            database = try Data(contentsOf: URL(fileURLWithPath: folder.store))
        }
        #expect((StorePath.size(of: folder.store + "-wal") > 0) == isLogLeft)
        #expect((try Data(contentsOf: URL(fileURLWithPath: folder.store)) == database) == isLogLeft)
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await store.events(in: account).events.count == 1)
        }
    }

    @Test("keeps others out until it is closed, where its lock is gone", arguments: [Loss.lockRemoved, .lockReplaced])
    func keepsOthersOut(loss: Loss) async throws {
        let folder = TemporaryFolder()
        let path = try StorePath(folder.store)
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            try loss.happen(to: folder)
            await #expect(throws: StoreError.self) { try await store.ingest(try event(), into: account) }
            // A lock file that replaced the store's own is not held by it.
            #expect(StoreLock.holder(of: path) == (loss == .lockRemoved ? getpid() : nil))
        }
        #expect(StoreLock.holder(of: path) == nil)
    }

    @Test("that were gone when it had opened them is told of it", arguments: ["", "-wal", "-shm", ".lock"])
    func goneAtOnce(ending: String) async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { _ in
            let path = try StorePath(folder.store)
            try FileManager.default.removeItem(atPath: folder.store + ending)
            var files = StoreFiles(path)
            #expect(files.losses() == [StoreFiles.Loss(path: folder.store + ending, isReplaced: false)])
            try Data().write(to: URL(fileURLWithPath: folder.store + ending))
            #expect(files.losses() == [StoreFiles.Loss(path: folder.store + ending, isReplaced: true)])
        }
    }

    @Test("notes its files before it reads the ledger, which may take long")
    func notedEarly() async throws {
        let folder = TemporaryFolder()
        let path = try StorePath(folder.store)
        let lock = try StoreLock(path)
        let opened = try StoreOpening.openForWriting(path)
        try Loss.logReplaced.happen(to: folder)
        let session = try WriterSession.open(opened, tokenIndex: TokenIndex(), LedgerParameters()) { _ in }
        let noted = session.files
        var files = try #require(noted)
        #expect(files.losses().map(\.path) == [path.writeAheadLog])
        _ = consume lock
    }

    @Test("stops also where nobody writes to it", .timeLimit(.minutes(1)))
    func idle() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            #expect(store.readiness() == nil)
            try Loss.lockRemoved.happen(to: folder)
            while store.readiness() == nil { await Task.yield() }
        }
    }

    @Test("acknowledges nothing from then on, and says why", arguments: Loss.allCases)
    func stops(loss: Loss) async throws {
        let folder = TemporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder.path + "-renamed") }
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await store.ingest(try event(key: "before"), into: account).isAccepted)
            #expect(try await store.ingest(try event(key: "then"), into: account).isAccepted)
            try loss.happen(to: folder)
            for key in ["after", "before"] {
                let error = await #expect(throws: StoreError.self) {
                    try await store.ingest(try event(key: key), into: account)
                }
                #expect(error.map { "\($0)".contains("was removed or replaced while the store was open") } == true)
            }
            #expect(store.readiness() != nil)
        }
        // With the database and its lock where they were, everything that was acknowledged is there, and nothing else.
        guard [.logRemoved, .logIndexRemoved, .lockRemoved, .logReplaced, .lockReplaced].contains(loss) else { return }
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await store.events(in: account).events.count == 2)
            for key in ["before", "then"] {
                guard case .replayed = try await store.ingest(try event(key: key), into: account) else {
                    Issue.record("\(key) is gone")
                    continue
                }
            }
            #expect(try await store.ingest(try event(key: "after"), into: account).isAccepted)
        }
    }

    @Test("is told of it where one look at the folder is enough", arguments: Loss.allCases)
    func settled(loss: Loss) async throws {
        let folder = TemporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder.path + "-renamed") }
        try await withStore(in: folder) { _ in
            var files = StoreFiles(try StorePath(folder.store), settledAfterSeconds: .min / 2)
            try waitForNextTick(after: folder.path)
            #expect(files.losses() == [])
            #expect(files.losses() == [])
            try loss.happen(to: folder)
            let losses = files.losses()
            #expect(!losses.isEmpty)
            #expect(files.losses() == losses)
        }
    }

    @Test(
        "is told of what changes nothing in the folder: at once, and where the folder alone is looked at, in the end",
        arguments: [(3_600, 1), (.min / 2, 100)]
    )
    func unseen(settledAfterSeconds: Int, looks: Int) async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { _ in
            // The target of a link is in another folder.
            let path = try StorePath(folder.store)
            let elsewhere = TemporaryFolder()
            try FileManager.default.moveItem(atPath: path.lock, toPath: elsewhere.path + "/lock")
            try FileManager.default.createSymbolicLink(atPath: path.lock, withDestinationPath: elsewhere.path + "/lock")
            var files = StoreFiles(path, settledAfterSeconds: settledAfterSeconds)
            try waitForNextTick(after: folder.path)
            #expect(files.losses() == [])
            unlink(elsewhere.path + "/lock")
            #expect((1...looks).contains { _ in files.losses().map(\.path) == [path.lock] })
        }
    }
}

/// Returns once the file system's time is later than that of the last change in a folder.
private func waitForNextTick(after folder: String) throws {
    let probe = TemporaryFolder()
    var last = stat(), now = stat()
    repeat {
        try Data().write(to: URL(fileURLWithPath: probe.path + "/probe"))
        try #require(stat(folder, &last) == 0 && stat(probe.path + "/probe", &now) == 0)
    } while (now.changeTime.tv_sec, now.changeTime.tv_nsec) <= (last.changeTime.tv_sec, last.changeTime.tv_nsec)
}

/// Replaces a file by a copy of it.
private func replace(_ file: String) throws {
    try FileManager.default.copyItem(atPath: file, toPath: file + ".copy")
    try FileManager.default.removeItem(atPath: file)
    try FileManager.default.moveItem(atPath: file + ".copy", toPath: file)
}
