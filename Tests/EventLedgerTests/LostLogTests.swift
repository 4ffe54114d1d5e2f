import EventModel
import Foundation
import Logging
import SQLite
import TestSupport
import Testing

@testable import EventLedger

/// Data that is only in the log is known only to the process that has it open.
@Suite("A store whose log is taken away or cut while it is open")
struct LostLogTests {
    private let folder = TemporaryFolder()

    private func path(_ ending: String) -> String { folder.store + ending }

    private func remove(_ endings: [String]) throws {
        for ending in endings { try FileManager.default.removeItem(atPath: path(ending)) }
    }

    private func ingest(_ keys: String..., into store: SQLiteEventStore) async throws {
        let account = try await store.defaultAccount
        for key in keys { #expect(try await store.ingest(try event(key: key), into: account).isAccepted) }
    }

    /// Opens the store again and expects exactly what was acknowledged.
    private func expectStored(_ keys: String...) async throws {
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await store.events(in: account).events.count == keys.count)
            for key in keys {
                guard case .replayed = try await store.ingest(try event(key: key), into: account) else {
                    Issue.record("\(key) is gone")
                    continue
                }
            }
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test(
        "copies all of it into the database, whatever else is gone",
        arguments: [["-wal", "-shm"], ["-wal", ".lock"], ["-wal", "-shm", ".lock"]],
        [true, false]
    )
    func copies(files: [String], isNoticedByEvent: Bool) async throws {
        try await withStore(in: folder) { store in
            try await ingest("a", "b", into: store)
            try remove(files)
            guard isNoticedByEvent else { return }
            let account = try await store.defaultAccount
            await #expect(throws: StoreError.self) { try await store.ingest(try event(key: "c"), into: account) }
        }
        try await expectStored("a", "b")
    }

    @Test("copies nothing where another process may have had the store by another lock")
    func replacedLock() async throws {
        try await withStore(in: folder) { store in
            try await ingest("a", into: store)
            try remove(["-wal", ".lock"])
            // That process may have written to the database and ended.
            _ = try StoreLock(try StorePath(folder.store))
            let account = try await store.defaultAccount
            await #expect(throws: StoreError.self) { try await store.ingest(try event(key: "b"), into: account) }
        }
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await store.events(in: account).events.isEmpty)
        }
    }

    @Test("copies what a reader held up, when that has ended", arguments: [true, false])
    func reader(isNoticedByEvent: Bool) async throws {
        try await withStore(in: folder) { store in
            try await ingest("a", into: store)
            let reader = try Connection(path: folder.store, mode: .readOnly)
            try reader.execute("BEGIN")
            let seen = try reader.integer("SELECT count(*) FROM events")
            #expect(seen == 1)
            try await ingest("b", "c", into: store)
            try remove(["-wal"])
            if isNoticedByEvent {
                let account = try await store.defaultAccount
                await #expect(throws: StoreError.self) { try await store.ingest(try event(key: "d"), into: account) }
            }
            try reader.execute("COMMIT")
        }
        try await expectStored("a", "b", "c")
    }

    @Test("goes on copying while it is closed", .timeLimit(.minutes(2)))
    func readerAtEnd() async throws {
        let log = LogRecorder()
        let logger = Logger(label: "test") { _ in log.handler() }
        let store = try await SQLiteEventStore.open(at: folder.store, logger: logger)
        try await ingest("a", into: store)
        let reader = try Connection(path: folder.store, mode: .readOnly)
        try reader.execute("BEGIN")
        let seen = try reader.integer("SELECT count(*) FROM events")
        #expect(seen == 1)
        try await ingest("b", into: store)
        try remove(["-wal"])
        async let closing: Void = store.close()
        while !log.text.contains("cannot be copied into the database yet") { await Task.yield() }
        try reader.execute("COMMIT")
        await closing
        try await expectStored("a", "b")
    }

    @Test(
        "answers no repeat of what the log held where that was cut in place",
        .timeLimit(.minutes(1)),
        arguments: [true, false]
    )
    func cutRepeat(isIdle: Bool) async throws {
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            try await ingest("a", into: store)
            #expect(truncate(path("-wal"), 0) == 0)
            while isIdle, store.readiness() == nil { await Task.yield() }
            let error = await #expect(throws: StoreError.self) {
                try await store.ingest(try event(key: "a"), into: account)
            }
            #expect(error.map { "\($0)".contains("-wal was cut while the store was open") } == true)
        }
    }

    @Test("stops where the log was cut in place, and copies no hole into the database", arguments: [true, false])
    func cut(isNoticedByEvent: Bool) async throws {
        try await withStore(in: folder) { store in try await ingest("before", into: store) }
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            try await ingest("a", "b", into: store)
            #expect(truncate(path("-wal"), 0) == 0)
            guard isNoticedByEvent else { return }
            for key in ["c", "d"] {
                let error = await #expect(throws: StoreError.self) {
                    try await store.ingest(try event(key: key), into: account)
                }
                #expect(error.map { "\($0)".contains("-wal was cut while the store was open") } == true)
            }
        }
        try await expectStored("before")
    }

    @Test("goes back to an earlier moment where the log was cut in the middle", arguments: [true, false])
    func cutInTheMiddle(isNoticedByEvent: Bool) async throws {
        // Otherwise most of the log would come from creating the store.
        try await openStore(folder.store).close()
        let keys = (1...20).map { "k\($0)" }
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            for key in keys { try await ingest(key, into: store) }
            #expect(truncate(path("-wal"), off_t(StorePath.size(of: path("-wal")) / 2)) == 0)
            guard isNoticedByEvent else { return }
            await #expect(throws: StoreError.self) { try await store.ingest(try event(key: "late"), into: account) }
        }
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let stored = try await store.events(in: account).events.count
            #expect(stored > 0 && stored < keys.count)
            #expect(try await store.verify().isEmpty)
            for (number, key) in keys.enumerated() {
                #expect(try await store.ingest(try event(key: key), into: account).isAccepted == (number >= stored))
            }
        }
    }

    @Test("goes on where another process has copied and cut the log", arguments: [true, false])
    func copiedByOther(isFollowedByEvent: Bool) async throws {
        try await withStore(in: folder) { store in
            try await ingest("a", "b", into: store)
            try Connection(path: folder.store, mode: .readWrite).checkpointAfterReading()
            #expect(StorePath.size(of: path("-wal")) == 0)
            if isFollowedByEvent { try await ingest("c", "d", into: store) }
        }
        #expect(StorePath.size(of: path("-wal")) == 0)
        if isFollowedByEvent { try await expectStored("a", "b", "c", "d") } else { try await expectStored("a", "b") }
    }
}

extension Connection {
    /// Copies the whole log into the database and truncates it.
    fileprivate consuming func checkpointAfterReading() throws {
        _ = try integer("SELECT count(*) FROM events")
        try checkpoint(.truncate)
    }
}
