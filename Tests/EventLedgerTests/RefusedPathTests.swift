import EventModel
import Foundation
import SQLite
import Testing

@testable import EventLedger

@Suite("A path that is no store's")
struct RefusedPathTests {
    /// Placeholders for the folder's path are replaced by it.
    @Test(
        "is refused with what is wrong with it",
        arguments: [
            ("", "empty or holds a NUL"),
            ("FOLDER/a\u{0}b.db", "empty or holds a NUL"),
            ("FOLDER", "is not a file"),
            ("FOLDER/", "is not a file"),
            ("FOLDER/none/events.db", "finding the folder"),
            ("FOLDER/none/..", "is not the name of a file"),
            ("FOLDER/plain/events.db", "finding"),
        ]
    )
    func refused(path: String, reason: String) async throws {
        let folder = TemporaryFolder()
        #expect(FileManager.default.createFile(atPath: folder.path + "/plain", contents: Data("no folder".utf8)))
        let path = path.replacingOccurrences(of: "FOLDER", with: folder.path)
        for open in [Self.write, Self.read] {
            let error = await #expect(throws: StoreError.self) { try await open(path) }
            #expect(error.map { "\($0)" }?.contains(reason) == true, "\(error.map { "\($0)" } ?? "nothing")")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["plain"])
    }

    private static let write: @Sendable (String) async throws -> Void = { try await openStore($0).close() }
    private static let read: @Sendable (String) async throws -> Void = { _ = try await SQLiteEventReader.open(at: $0) }

    @Test("is refused where the file system has no shared memory, without which there is no log")
    func withoutSharedMemory() throws {
        let folder = TemporaryFolder()
        try StorePath(folder.store).createDatabaseFile()
        let connection = try Connection(path: folder.store, mode: .readWrite, fileSystem: "unix-dotfile")
        let error = #expect(throws: StoreError.self) { try StoreOpening.configure(connection) }
        #expect(error.map { "\($0)".contains("does not support SQLite's write-ahead log") } == true)
    }

    @Test("is refused to a reader where nothing is there, or an empty file is")
    func nothingToRead() async throws {
        let folder = TemporaryFolder()
        let missing = await #expect(throws: StoreError.self) { try await SQLiteEventReader.open(at: folder.store) }
        #expect(missing.map { "\($0)" }?.contains("`store-admin init` creates one") == true)
        #expect(FileManager.default.createFile(atPath: folder.store, contents: nil))
        let empty = await #expect(throws: StoreError.self) { try await SQLiteEventReader.open(at: folder.store) }
        #expect(empty.map { "\($0)" }?.contains("is empty; `store-admin init`") == true)
    }

    @Test("is refused where something else stands in place of the lock")
    func lockIsFolder() async throws {
        let folder = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.store + ".lock", withIntermediateDirectories: false)
        let error = await #expect(throws: StoreError.self) { try await openStore(folder.store) }
        #expect(error.map { "\($0)" }?.contains("opening the lock") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.store))
    }
}

@Suite("The accounts of a store")
struct AccountListTests {
    @Test("are listed in the order in which they were made, from any of them on")
    func pages() async throws {
        try await withStore { store in
            for name in ["second", "third"] {
                _ = try await store.perform(.createAccount(name: name, isStrict: name == "third"))
            }
            let all = try await store.accounts(after: nil)
            #expect(all.map(\.name) == [Account.defaultName, "second", "third"])
            #expect(all.map(\.isStrict) == [false, false, true])
            #expect(try await store.accounts(after: all[1].id).map(\.name) == ["third"])
            #expect(try await store.accounts(after: all[2].id).isEmpty)
        }
    }
}
