import EventLedger
import Foundation
import Testing

@testable import StoreAdmin

@Suite("Where an export goes")
struct ExportFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func export(to path: String) async throws -> ToolResult {
        try await AdminTool.run(["export", "--output", path], store: folder.store, in: folder)
    }

    private func fill(_ count: Int = 3) async throws {
        try await folder.filling { store, account in
            let events = try (0..<count).map { _ in
                NewEvent(type: try EventType("a"), contact: .email(try EmailAddress("ada@example.com")))
            }
            for start in stride(from: 0, to: count, by: 1_000) {
                _ = await store.ingest(Array(events[start..<min(start + 1_000, count)]), into: account)
            }
        }
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    }

    /// Names of the store's own files: as they are, in another spelling, and by symbolic links.
    private static let own = [
        "./events.db", "events.db-wal", "events.db-shm", "events.db.lock", "events.db.sock", "events.db-journal",
        "symbolic", "dangling",
    ]

    @Test("A file of the store itself is not replaced, also one that is not there", arguments: own, [true, false])
    func store(name: String, isHeld: Bool) async throws {
        try await fill()
        let files = FileManager.default
        try files.createSymbolicLink(atPath: folder.path("symbolic"), withDestinationPath: "events.db")
        try files.createSymbolicLink(atPath: folder.path("dangling"), withDestinationPath: "events.db-wal")
        let check = {
            let before = Set(try names())
            let result = try await export(to: name)
            #expect(result.exitCode == 1)
            #expect(result.diagnostics.contains("\(name) is a file of the store itself"), "\(result.diagnostics)")
            // Files that the run itself left, such as its output, have names of 36 characters.
            #expect(Set(try names().filter { $0.count != 36 }) == before.filter { $0.count != 36 })
        }
        if isHeld { try await folder.filling { _, _ in try await check() } } else { try await check() }
        let events = try await folder.filling { store, _ in try await store.status().events }
        #expect(events == 3)
    }

    @Test("A file may have the longest name that there is")
    func longName() async throws {
        try await fill()
        let name = String(repeating: "n", count: 255)
        #expect(try await export(to: name).exitCode == 0)
        let lines = try String(contentsOfFile: folder.path(name), encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 3)
    }

    @Test("A pipe is written into and stays one")
    func pipe() async throws {
        try await fill()
        let path = folder.path("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        // Open for reading and writing, so that neither side waits for the other.
        let descriptor = open(path, O_RDWR | O_NONBLOCK)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        #expect(try await export(to: "pipe").exitCode == 0)
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = read(descriptor, &bytes, bytes.count)
        try #require(count > 0)
        #expect(bytes.prefix(count).count { $0 == UInt8(ascii: "\n") } == 3)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType != .typeRegular)
    }

    @Test("A symbolic link stays, and what it leads to is written", arguments: [true, false])
    func link(targetExists: Bool) async throws {
        try await fill()
        let target = folder.path("target.ndjson")
        if targetExists { try Data("older".utf8).write(to: URL(fileURLWithPath: target)) }
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("link"),
            withDestinationPath: "target.ndjson"
        )
        #expect(try await export(to: "link").exitCode == 0)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link")) == "target.ndjson")
        let text = try String(contentsOfFile: target, encoding: .utf8)
        #expect(text.split(separator: "\n").count == 3)
    }

    @Test("A dash stands for standard output")
    func dash() async throws {
        try await fill()
        let result = try await export(to: "-")
        #expect(result.exitCode == 0)
        #expect(result.lines.count == 3)
        #expect(try names().contains("-") == false)
    }

    @Test(
        "A name that cannot be that of a file is refused with what is wrong with it",
        arguments: [
            ("", 64, "--output must name a file"), (".", 1, ". is a folder"),
            ("none/x", 1, "none/x cannot be created in none: No such file or directory"),
            ("new/", 1, "new/ is not the name of a file"), ("round", 1, "round cannot be found: Too many levels"),
        ]
    )
    func refused(path: String, code: Int32, words: String) async throws {
        try await fill()
        try FileManager.default.createSymbolicLink(atPath: folder.path("round"), withDestinationPath: "round")
        let result = try await export(to: path)
        #expect(result.exitCode == code)
        #expect(result.diagnostics.contains(words), "\(result.diagnostics)")
    }

    @Test("An export that is told to stop leaves nothing behind", arguments: [SIGINT, SIGTERM, SIGHUP])
    func stopped(number: Int32) async throws {
        try await fill(20_000)
        let process = Process()
        process.executableURL = AdminTool.executable
        process.arguments = ["export", "--store", folder.store, "--output", folder.path("out.ndjson")]
        process.standardError = FileHandle.nullDevice
        try process.run()
        while process.isRunning, try !names().contains(where: { $0.contains(".partial-") }) { await Task.yield() }
        kill(process.processIdentifier, number)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 128 + number)
        #expect(try names().filter { $0.contains("out.ndjson") }.isEmpty)
    }
}
