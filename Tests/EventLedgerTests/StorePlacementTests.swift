import EventModel
import Foundation
import SQLite
import Synchronization
import Testing

@testable import EventLedger

/// How the files of a store, and of the copy that replaces it, get their names.
@Suite struct StorePlacementTests {
    private let folder = TemporaryFolder()
    private var copy: String { folder.path + "/copy.db" }

    /// A store with three events, and a copy of it as it was with one.
    private func fill() async throws {
        try await withStore(in: folder) { store in
            _ = try await store.ingest(try event(), into: try await store.defaultAccount)
        }
        try FileManager.default.copyItem(atPath: folder.store, toPath: copy)
        try await withStore(in: folder) { store in
            for _ in 0..<2 { _ = try await store.ingest(try event(), into: try await store.defaultAccount) }
        }
    }

    /// A placement in which renaming fails a given number of times, from a given call on.
    private func failing(_ code: Int32, from first: Int, times: Int) -> StorePlacement {
        let calls = Mutex(0)
        var placement = StorePlacement()
        let rename = placement.move
        placement.move = { file, name in
            let number = calls.withLock { count in
                defer { count += 1 }
                return count
            }
            guard number >= first, number - first < times else { return rename(file, name) }
            errno = code
            return -1
        }
        return placement
    }

    @Test("a copy in which an account is behind its events is not put in place")
    func behind() async throws {
        try await fill()
        let before = try folder.files().filter { $0.name == "events.db" }.map(\.contents)
        let connection = try Connection(path: copy, mode: .readWrite)
        try connection.execute(
            "DROP TRIGGER accounts_numbers_only_grow; UPDATE accounts SET last_event = last_event - 1"
        )
        try connection.checkpoint(.truncate)
        await #expect(throws: StoreError.self) { try await SQLiteEventStore.restore(at: folder.store, from: copy) }
        let files = try folder.files()
        #expect(files.allSatisfy { !$0.name.contains("restor") })
        #expect(files.filter { $0.name == "events.db" }.map(\.contents) == before)
    }

    @Test("the database is set aside before its log, and all of that is durable before the new one has its name")
    func order() async throws {
        try await fill()
        let calls = Mutex<[String]>([])
        let store = folder.store
        var placement = StorePlacement()
        let (rename, sync) = (placement.move, placement.syncFolder)
        placement.move = { file, name in
            let short = file.split(separator: "/").last ?? ""
            calls.withLock { $0.append("\(short) \(name == store ? "in place" : "aside")") }
            return rename(file, name)
        }
        placement.syncFolder = { file in
            calls.withLock { $0.append("sync") }
            return sync(file)
        }
        _ = try await SQLiteEventStore.restore(at: store, from: copy, placement)
        let expected = [
            "events.db aside", "events.db-wal aside", "events.db-shm aside", "sync", "events.db.restoring in place",
            "sync",
        ]
        #expect(calls.withLock { $0 } == expected)
    }

    @Test("where a file cannot get its name, all have those that they had", arguments: 0..<4)
    func refused(call: Int) async throws {
        try await fill()
        let before = try folder.files().filter { $0.name != "events.db.lock" }.map(\.name).sorted()
        let placement = failing(EIO, from: call, times: 1)
        await #expect(throws: StoreError.self) {
            try await SQLiteEventStore.restore(at: folder.store, from: copy, placement)
        }
        let after = try folder.files().filter { $0.name != "events.db.lock" }.map(\.name).sorted()
        #expect(after.filter { !$0.hasPrefix("copy.db-") } == before)
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await store.events(in: account).events.count == 3)
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("a folder that cannot be synced is told; what is not in its place by then goes back", arguments: [0, 1])
    func unsynced(call: Int) async throws {
        try await fill()
        let calls = Mutex(0)
        var placement = StorePlacement()
        placement.syncFolder = { _ in
            let number = calls.withLock { count in
                defer { count += 1 }
                return count
            }
            return number == call ? "syncing the folder failed" : nil
        }
        let error = await #expect(throws: StoreError.self) {
            try await SQLiteEventStore.restore(at: folder.store, from: copy, placement)
        }
        #expect(error.map { "\($0)".contains("syncing the folder failed") } == true)
        #expect(error.map { "\($0)".contains("is in place") } == (call == 1))
        let isSetAside = try folder.files().contains { $0.name.contains("before-restore") }
        #expect(isSetAside == (call == 1))
        let findings = try await withStore(in: folder) { store in try await store.verify() }
        #expect(findings.isEmpty)
    }

    @Test(
        "where they cannot get their names back either, that is said, and nothing new is made in their place",
        arguments: [2, .max]
    )
    func stuck(times: Int) async throws {
        try await fill()
        let placement = failing(EACCES, from: 3, times: times)
        let error = await #expect(throws: StoreError.self) {
            try await SQLiteEventStore.restore(at: folder.store, from: copy, placement)
        }
        #expect(error.map { "\($0)".contains("is now named \(folder.store).before-restore-") } == true)
        let opening = await #expect(throws: StoreError.self) { try await openStore(folder.store).close() }
        #expect(opening.map { "\($0)".contains("restoring it was broken off") } == true)
        _ = try await SQLiteEventStore.restore(at: folder.store, from: copy)
        let findings = try await withStore(in: folder) { store in try await store.verify() }
        #expect(findings.isEmpty)
    }
}
