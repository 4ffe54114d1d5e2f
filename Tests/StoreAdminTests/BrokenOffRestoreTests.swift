import EventLedger
import Foundation
import Testing

@testable import StoreAdmin

@Suite("A restore after one that was broken off between its renames")
struct BrokenOffRestoreTests {
    let folder: TemporaryFolder
    private let copy: String
    private let store: String
    private let before: String

    init() throws {
        folder = try TemporaryFolder()
        copy = folder.path("copy.db")
        store = folder.path("crashed.db")
        before = store + ".before-restore-20261127T000000000Z"
    }

    private func put(_ source: String, at file: String) throws {
        try FileManager.default.copyItem(atPath: source, toPath: file)
    }

    private func put(text: String, at file: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    }

    private func events(in store: String) async throws -> Int {
        let reader = try await SQLiteEventReader.open(at: store)
        let account = try #require(try await reader.account(named: Account.defaultName)).id
        let page = try await reader.events(in: account, after: nil, limit: 100, matching: EventFilter())
        await reader.close()
        return page.events.count
    }

    /// A copy with one event, and what a killed restore over a store of two left: its database already has its other
    /// name.
    private func breakOff(logIsSetAside: Bool = false, copyIsThere: Bool = true) async throws {
        try await folder.filling { store, account in try await store.ingest("early", into: account) }
        #expect(try await run("backup", "--output", copy, store: folder.store).exitCode == 0)
        try await folder.filling { store, account in
            try await store.ingest("late", into: account)
            try put(folder.store, at: before)
            try put(folder.store + "-wal", at: (logIsSetAside ? before : self.store) + "-wal")
        }
        if logIsSetAside { try put(text: "x", at: store + "-shm") }
        if copyIsThere { try put(copy, at: store + ".restoring") }
    }

    private func run(_ arguments: String..., store: String) async throws -> ToolResult {
        try await AdminTool.run(arguments, store: store, in: folder)
    }

    @Test("sets the log aside with its database, also where somebody looked into that meanwhile")
    func together() async throws {
        try await breakOff()
        // Reading creates an empty log and its index; opening for writing creates a lock.
        _ = try await events(in: before)
        try put(text: "", at: before + ".lock")
        let result = try await run("restore", "--from", copy, store: store)
        #expect(result.exitCode == 0, "\(result.diagnostics)")
        #expect(result.diagnostics.contains("kept as \(before),"))
        #expect(try await events(in: store) == 1)
        try FileManager.default.removeItem(atPath: before + "-shm")
        #expect(try await events(in: before) == 2)
    }

    @Test("tells what it is kept as where the log has that name already")
    func logIsSetAside() async throws {
        try await breakOff(logIsSetAside: true)
        let result = try await run("restore", "--from", copy, store: store)
        #expect(result.exitCode == 0, "\(result.diagnostics)")
        #expect(result.diagnostics.contains("kept as \(before),"))
        try FileManager.default.removeItem(atPath: before + "-shm")
        #expect(try await events(in: before) == 2)
    }

    @Test("refuses what was set aside without its log, and takes it once the log is where it is told to be")
    func fromSetAside() async throws {
        try await breakOff()
        let refused = try await run("restore", "--from", before, store: store)
        #expect(refused.exitCode == 69)
        #expect(refused.diagnostics.contains("rename \(store)-wal to \(before)-wal"), "\(refused.diagnostics)")
        try? FileManager.default.removeItem(atPath: before + "-wal")
        try FileManager.default.moveItem(atPath: store + "-wal", toPath: before + "-wal")
        let result = try await run("restore", "--from", before, store: store)
        #expect(result.exitCode == 0, "\(result.diagnostics)")
        #expect(try await events(in: store) == 2)
    }

    @Test("does not put a log over that of a store that was set aside later")
    func others() async throws {
        try await breakOff()
        let newer = store + ".before-restore-20261127T000000001Z"
        try put(text: "another database", at: newer)
        try put(text: "its log", at: newer + "-wal")
        #expect(try await run("restore", "--from", copy, store: store).exitCode == 0)
        #expect(try String(contentsOfFile: newer + "-wal", encoding: .utf8) == "its log")
        #expect(try await events(in: store) == 1)
    }

    @Test("is none where no copy was being put in place, and the log stays apart from what was set aside earlier")
    func nothingBrokenOff() async throws {
        try await breakOff(copyIsThere: false)
        #expect(try await run("restore", "--from", copy, store: store).exitCode == 0)
        #expect(!FileManager.default.fileExists(atPath: before + "-wal"))
    }
}
