import EventLedger
import Foundation
import SQLite
import Testing

@testable import StoreAdmin

@Suite("Backup")
struct BackupTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String..., store: String? = nil) async throws -> ToolResult {
        try await AdminTool.run(arguments, store: store ?? folder.store, in: folder)
    }

    private func fill(_ count: Int) async throws {
        try await folder.filling { store, account in
            for number in 0..<count { try await store.ingest("a", key: "key-\(number)", into: account) }
        }
    }

    /// The names of a backup and of the files it could leave behind.
    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter { $0.contains("copy") }
    }

    private func events(of store: String) async throws -> [String] {
        try await run("event", "list", "--format", "json", "--limit", "1000", store: store).rows().compactMap {
            $0["event_id"] as? String
        }
    }

    @Test(
        "The copy is a store that is sound, holds the same, and that only its owner can read",
        arguments: [true, false]
    )
    func copy(isHeld: Bool) async throws {
        try await fill(100)
        let copy = folder.path("copy.db")
        let check = {
            let result = try await run("backup", "--output", "copy.db")
            #expect(result.exitCode == 0)
            #expect(result.output.isEmpty)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: copy)).count
            #expect(result.diagnostics == "Copied the store at \(folder.store) to copy.db: \(bytes) bytes.\n")
        }
        if isHeld { try await folder.filling { _, _ in try await check() } } else { try await check() }
        #expect(try names() == ["copy.db"])
        #expect(try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int == 0o600)
        #expect(try await run("verify", store: copy).exitCode == 0)
        #expect(try await events(of: copy) == events(of: folder.store))
        #expect(try await run("key", "explain", "key-99", store: copy).exitCode == 0)
    }

    @Test("A backup ends while events come in, and holds what was acknowledged before it began")
    func whileEventsComeIn() async throws {
        try await folder.filling { store, account in
            // Many times as many pages as a copy that is made in steps copies at a time.
            let data = try EventData(#"{"a":"\#(String(repeating: "x", count: 20_000))"}"#)
            let events = try (0..<1_500).map { number in
                NewEvent(
                    type: try EventType("a"),
                    contact: .email(try EmailAddress("ann@example.com")),
                    data: data,
                    idempotencyKey: try IdempotencyKey("key-\(number)")
                )
            }
            _ = await store.ingest(events, into: account)
            async let result = run("backup", "--output", "copy.db")
            let copy = folder.path("copy.db")
            var rounds = 0
            while !FileManager.default.fileExists(atPath: copy), rounds < 5_000 {
                rounds += 1
                try await store.ingest("b", into: account)
            }
            #expect(try await result.exitCode == 0)
            #expect(rounds < 5_000, "it had to wait for the last event")
        }
        let copy = folder.path("copy.db")
        #expect(try await run("verify", store: copy).exitCode == 0)
        #expect(try await run("key", "explain", "key-1499", store: copy).exitCode == 0)
    }

    /// Names that a backup may not have, and the message for each.
    private static let refusals = [
        ("there.db", 1, "there is a file"), ("link.db", 1, "there is a file"), ("stale.db", 1, "stale.db-wal already"),
        (".", 1, "there is a file"), ("none/x", 1, "none/x cannot be created in none: No such file or directory"),
        ("events.db", 1, "a file of the store itself"), ("events.db-journal", 1, "a file of the store itself"),
        ("", 64, "--output must name a file"),
    ]

    @Test(
        "A file that is there is not replaced, nor one of the store, and none gets another's log",
        arguments: refusals
    )
    func refused(name: String, code: Int, words: String) async throws {
        try await fill(3)
        for name in ["there.db", "stale.db-wal"] {
            try Data("older".utf8).write(to: URL(fileURLWithPath: folder.path(name)))
        }
        try FileManager.default.createSymbolicLink(atPath: folder.path("link.db"), withDestinationPath: "there.db")
        let result = try await run("backup", "--output", name)
        #expect(result.exitCode == Int32(code))
        #expect(result.diagnostics.contains(words), "\(result.diagnostics)")
        #expect(try String(contentsOfFile: folder.path("there.db"), encoding: .utf8) == "older")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(!left.contains { $0.contains("partial") || $0 == "stale.db" })
        #expect(try await events(of: folder.store).count == 3)
    }

    @Test("A backup of what is no store leaves nothing behind", arguments: ["missing", "empty", "letter", "newer"])
    func noStore(kind: String) async throws {
        switch kind {
        case "empty": try Data().write(to: URL(fileURLWithPath: folder.store))
        case "letter": try Data(repeating: 0x41, count: 9_000).write(to: URL(fileURLWithPath: folder.store))
        case "newer":
            try await fill(1)
            try folder.change("PRAGMA user_version = 999")
        default: break
        }
        let result = try await run("backup", "--output", "copy.db")
        #expect(result.exitCode == 69)
        #expect(result.diagnostics.hasPrefix("store-admin: error: "))
        #expect(try names().isEmpty)
    }

    @Test("A store of an older schema can be copied before it is migrated")
    func olderSchema() async throws {
        try await fill(1)
        try folder.change("PRAGMA user_version = 3")
        #expect(try await run("status").exitCode == 69)
        #expect(try await run("backup", "--output", "copy.db").exitCode == 0)
        #expect(try names() == ["copy.db"])
    }

    @Test("Of two backups to one name the later one is refused, and takes nothing away")
    func twoAtOnce() throws {
        let store = try StorePath(folder.store)
        let path = folder.path("copy.db")
        let one = try ExportFile(newDatabase: path, store: store)
        let other = try ExportFile(newDatabase: path, store: store)
        try one.append(Array("one".utf8))
        try one.finish()
        do {
            try other.finish()
            Issue.record("the name was taken")
        } catch {
            #expect(error == .refused("there is a file \(path) already; name another file, or move that one away"))
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "one")
        #expect(try names() == ["copy.db"])
    }

    @Test("A backup that is told to stop leaves nothing behind", arguments: [SIGINT, SIGTERM, SIGHUP])
    func stopped(number: Int32) async throws {
        try await fill(1)
        // Nobody else can read the store, so that the backup waits.
        let connection = try Connection(path: folder.store, mode: .readWrite)
        try connection.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; SELECT count(*) FROM events")
        let process = Process()
        process.executableURL = AdminTool.executable
        process.arguments = ["backup", "--store", folder.store, "--output", folder.path("copy.db")]
        process.standardError = FileHandle.nullDevice
        try process.run()
        while process.isRunning, try names().isEmpty { await Task.yield() }
        kill(process.processIdentifier, number)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 128 + number)
        #expect(try names().isEmpty)
    }
}
