import EventLedger
import Foundation
import Testing

@Suite("A store that cannot be used")
struct UnusableStoreTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A command of each kind: some that read, and some that change.
    static let commands = [
        ["status"], ["account", "list"], ["token", "list"], ["event", "list"], ["contact", "list"],
        ["event", "get", "507f1f77bcf86cd799439011"], ["contact", "get", "ann@example.com"], ["key", "explain", "k"],
        ["account", "create", "acme"], ["token", "create"], ["token", "revoke", "1"], ["migrate"],
    ]

    private func run(_ arguments: [String]) async throws -> ToolResult {
        try await AdminTool.run(arguments, store: folder.store, in: folder)
    }

    /// One line that says what is wrong: no trace of a crash, nothing on standard output.
    private func expectUnavailable(_ result: ToolResult, _ words: String) {
        #expect(result.exitCode == 69)
        #expect(result.output.isEmpty)
        #expect(result.diagnostics.hasPrefix("store-admin: error: "))
        #expect(result.diagnostics.contains(words), "\(result.diagnostics)")
        #expect(result.diagnostics.filter { $0 == "\n" }.count == 1)
    }

    @Test("A file that is missing is an error, and nothing is created", arguments: commands + [["verify"]])
    func missing(command: [String]) async throws {
        expectUnavailable(try await run(command), "there is no store at \(folder.store)")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(left.filter { $0.hasPrefix("events.db") }.isEmpty)
    }

    @Test("A folder is no store", arguments: commands + [["verify"], ["init"]])
    func directory(command: [String]) async throws {
        try FileManager.default.createDirectory(atPath: folder.store, withIntermediateDirectories: false)
        expectUnavailable(try await run(command), "is not a file")
    }

    @Test(
        "A store with a second name is refused by both: each has a log of its own",
        arguments: commands + [["verify"], ["init"]]
    )
    func hardLink(command: [String]) async throws {
        try await folder.filling { _, _ in }
        let other = folder.path("other.db")
        try FileManager.default.linkItem(atPath: folder.store, toPath: other)
        for path in [folder.store, other] {
            let result = try await AdminTool.run(command, store: path, in: folder)
            expectUnavailable(result, "one of 2 hard links to one file")
        }
        try FileManager.default.removeItem(atPath: other)
        #expect(try await run(["verify"]).exitCode == 0)
    }

    @Test(
        "A link that leads to nothing says where it leads, and nothing is created",
        arguments: [["status"], ["init"]]
    )
    func danglingLink(command: [String]) async throws {
        let target = folder.path("elsewhere.db")
        try FileManager.default.createSymbolicLink(atPath: folder.store, withDestinationPath: target)
        expectUnavailable(try await run(command), "a symbolic link to \(target), which does not exist")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(left.filter { $0.hasPrefix("events.db") } == ["events.db"])
    }

    @Test("An empty file is no store", arguments: commands)
    func empty(command: [String]) async throws {
        try Data().write(to: URL(fileURLWithPath: folder.store))
        expectUnavailable(try await run(command), "is empty")
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.store)).isEmpty)
    }

    @Test("A file of something else is no store, and is left as it is", arguments: commands + [["init"]])
    func otherFile(command: [String]) async throws {
        let content = Data(String(repeating: "This is a letter, not a database.\n", count: 300).utf8)
        try content.write(to: URL(fileURLWithPath: folder.store))
        expectUnavailable(try await run(command), "damaged or is not an event store")
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.store)) == content)
    }

    @Test("verify reports a file that is no store as a finding", arguments: [0, 10_000])
    func verifyOtherFile(size: Int) async throws {
        try Data(repeating: 0x41, count: size).write(to: URL(fileURLWithPath: folder.store))
        let result = try await run(["verify", "--format", "json"])
        #expect(result.exitCode == 1)
        #expect(result.diagnostics.isEmpty)
        #expect(try result.rows().count == 1)
        #expect(try result.rows().first?["check"] as? String == "integrity")
    }

    @Test("A damaged store is an error for reading, and a finding for verify")
    func damaged() async throws {
        try await folder.filling { store, account in
            for number in 0..<200 {
                try await store.ingest("a", from: "user\(number)@example.com", key: "key \(number)", into: account)
            }
        }
        // The first page, which every connection reads, stays; everything after it is lost.
        var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.store))
        bytes.replaceSubrange(4_096..., with: Data(repeating: 0xA5, count: bytes.count - 4_096))
        try bytes.write(to: URL(fileURLWithPath: folder.store))

        expectUnavailable(try await run(["event", "list"]), "damaged")
        let table = try await run(["verify"])
        #expect(table.exitCode == 1)
        #expect(table.lines.first?.hasPrefix("check") == true)
        #expect(table.lines.count >= 2)
        let csv = try await run(["verify", "--format", "csv"])
        #expect(csv.exitCode == 1)
        #expect(csv.text.hasPrefix("check,message\r\n"))
    }

    @Test("A store of newer software is an error, and is left as it is", arguments: commands + [["verify"], ["init"]])
    func newerSchema(command: [String]) async throws {
        try await folder.filling { _, _ in }
        // The schema's version is in the file's header, at offset 60 (https://www.sqlite.org/fileformat2.html).
        var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.store))
        bytes.replaceSubrange(60..<64, with: [0, 0, 3, 231])
        try bytes.write(to: URL(fileURLWithPath: folder.store))
        expectUnavailable(try await run(command), "schema version 999")
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.store)) == bytes)
    }

    @Test(
        "A write-ahead log without its database is to be put back, and no lock is left",
        arguments: commands + [["init"]]
    )
    func logAlone(command: [String]) async throws {
        let log = folder.store + "-wal"
        try Data(repeating: 0x41, count: 100).write(to: URL(fileURLWithPath: log))
        expectUnavailable(try await run(command), "put the database file back beside it, or restore a backup")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(left.filter { $0.hasPrefix("events.db") } == ["events.db-wal"])
    }

    @Test("A file that cannot be read is named, with the system's reason and what to do")
    func unreadable() async throws {
        try await folder.filling { _, _ in }
        // A folder in place of the log blocks everybody, even the superuser.
        let log = folder.store + "-wal"
        if FileManager.default.fileExists(atPath: log) { try FileManager.default.removeItem(atPath: log) }
        try FileManager.default.createDirectory(atPath: log, withIntermediateDirectories: false)
        let result = try await run(["event", "list"])
        expectUnavailable(result, "reading \(folder.store) failed: unable to open database file")
        expectUnavailable(result, "run this as the store's owner")
    }

    @Test("A store whose file may not be read is an error")
    func notPermitted() async throws {
        // The superuser may read every file.
        guard geteuid() != 0 else { return }
        try await folder.filling { _, _ in }
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: folder.store)
        #expect(try await run(["status"]).exitCode == 69)
    }

    @Test("Results that nobody reads any longer end the tool without a word")
    func closedPipe() async throws {
        try await folder.filling { _, _ in }
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let result = try await AdminTool.run(
            ["account", "list"],
            store: folder.store,
            in: folder,
            output: pipe.fileHandleForWriting
        )
        #expect(result.exitCode == 128 + 13)
        #expect(result.diagnostics.isEmpty)
    }

    @Test("A token that cannot be printed is named, so that it can be revoked")
    func closedPipeForToken() async throws {
        try await folder.filling { _, _ in }
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let result = try await AdminTool.run(
            ["token", "create"],
            store: folder.store,
            in: folder,
            output: pipe.fileHandleForWriting
        )
        #expect(result.exitCode == 1)
        #expect(result.diagnostics.contains("store-admin token revoke 1"))
    }
}
