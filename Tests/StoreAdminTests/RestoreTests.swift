import EventLedger
import Foundation
import Testing

@testable import StoreAdmin

@Suite("Restore")
struct RestoreTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String..., store: String? = nil) async throws -> ToolResult {
        try await AdminTool.run(arguments, store: store ?? folder.store, in: folder)
    }

    /// Fills the store and copies it.
    private func fillAndBackUp() async throws {
        try await folder.filling { store, account in
            _ = try await store.perform(.createAccount(name: "acme", isStrict: false))
            for number in 0..<5 { try await store.ingest("early", key: "early-\(number)", into: account) }
        }
        #expect(try await run("backup", "--output", "copy.db").exitCode == 0)
    }

    /// The store's files, and what a restore makes of them.
    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter { $0.hasPrefix("events.db") }
            .sorted()
    }

    /// The path of the database file that was set aside.
    private func setAside() throws -> String? {
        try names().first { $0.contains(".before-restore-") && !$0.contains("-wal") && !$0.contains("-shm") }.map(
            folder.path
        )
    }

    private func types(after cursor: String? = nil, account: String = "default", store: String? = nil) async throws
        -> [String]
    {
        let arguments =
            ["event", "list", "--format", "json", "--account", account] + (cursor.map { ["--after", $0] } ?? [])
        return try await AdminTool.run(arguments, store: store ?? folder.store, in: folder).rows().compactMap {
            $0["event_type"] as? String
        }
    }

    @Test("A reader that was beyond the copy sees every new event, and no id is given out twice")
    func roundTrip() async throws {
        try await fillAndBackUp()
        var lost: [EventID] = []
        try await folder.filling { store, account in
            let other = try #require(try await store.account(named: "acme")).id
            for number in 0..<7 { lost.append(try await store.ingest("lost", key: "lost-\(number)", into: account)) }
            lost.append(try await store.ingest("lost", into: other))
            // An account that the restore loses.
            _ = try await store.perform(.createAccount(name: "late", isStrict: false))
            let late = try #require(try await store.account(named: "late")).id
            lost.append(try await store.ingest("lost", into: late))
        }
        let result = try await run("restore", "--from", "copy.db")
        #expect(result.exitCode == 0, "\(result.diagnostics)")
        #expect(result.output.isEmpty)
        #expect(result.diagnostics.hasPrefix("Restored the store at \(folder.store) from copy.db.\n"))
        #expect(result.diagnostics.contains("2 accounts pass over \(Limits.numbersPassedOver) numbers"))
        #expect(try await run("verify").diagnostics == "no problems found\n")
        #expect(try await types() == Array(repeating: "early", count: 5))
        #expect(try await run("export").lines.count == 5)

        let new = try await folder.filling { store, account in
            let other = try #require(try await store.account(named: "acme")).id
            let early = try await store.ingest("early", key: "early-0", into: account)
            let new = try await store.ingest("new", key: "lost-0", into: account)
            _ = try await store.perform(.createAccount(name: "new", isStrict: false))
            let third = try #require(try await store.account(named: "new")).id
            return [early, new, try await store.ingest("new", into: other), try await store.ingest("new", into: third)]
        }
        #expect(Set(new).isDisjoint(with: lost))
        for cursor in lost.prefix(7) { #expect(try await types(after: "\(cursor)") == ["new"]) }
        #expect(try await types(after: "\(lost[7])", account: "acme") == ["new"])
        let unknown = try await run("event", "list", "--account", "new", "--after", "\(lost[8])")
        #expect(unknown.exitCode != 0)
        #expect(try await types() == Array(repeating: "early", count: 5) + ["new"])
        #expect(try await run("verify").exitCode == 0)

        let before = try #require(try setAside())
        #expect(result.diagnostics.contains("kept as \(before),"))
        #expect(try await types(store: before).count == 12)
        #expect(try await types(account: "late", store: before).count == 1)
        #expect(try await run("verify", store: before).exitCode == 0)
        #expect(try await types(store: folder.path("copy.db")).count == 5)
    }

    @Test("A log of the store that was there is set aside with it, and not applied to the copy")
    func logOfOther() async throws {
        try await fillAndBackUp()
        // As a process that was killed leaves its store.
        let crashed = folder.path("crashed.db")
        try await folder.filling { store, account in
            for _ in 0..<50 { try await store.ingest("late", into: account) }
            for ending in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: folder.store + ending, toPath: crashed + ending)
            }
        }
        #expect(try FileManager.default.attributesOfItem(atPath: crashed + "-wal")[.size] as? Int ?? 0 > 0)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: crashed)
        #expect(try await run("restore", "--from", "copy.db", store: crashed).exitCode == 0)
        #expect(try await run("verify", store: crashed).diagnostics == "no problems found\n")
        #expect(try await types(store: crashed) == Array(repeating: "early", count: 5))
        #expect(try FileManager.default.attributesOfItem(atPath: crashed)[.posixPermissions] as? Int == 0o640)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        let log = try #require(files.first { $0.hasPrefix("crashed.db.before-restore-") && $0.hasSuffix("-wal") })
        #expect(try await types(store: folder.path(String(log.dropLast(4)))).count == 55)
    }

    @Test("Where a restore was broken off between the database and its log, both are set aside under one name")
    func brokenOffBetweenNames() async throws {
        try await fillAndBackUp()
        let crashed = folder.path("crashed.db")
        let before = crashed + ".before-restore-20261127T000000000Z"
        try await folder.filling { store, account in
            for _ in 0..<50 { try await store.ingest("late", into: account) }
            try FileManager.default.copyItem(atPath: folder.store, toPath: before)
            try FileManager.default.copyItem(atPath: folder.store + "-wal", toPath: crashed + "-wal")
        }
        // An unrelated one, and one that already has a log.
        for name in ["20261126T000000000Z", "20261126T000000001Z", "20261126T000000001Z-wal"] {
            try Data("x".utf8).write(to: URL(fileURLWithPath: crashed + ".before-restore-" + name))
        }
        try FileManager.default.copyItem(atPath: folder.path("copy.db"), toPath: crashed + ".restoring")
        let result = try await run("restore", "--from", "copy.db", store: crashed)
        #expect(result.exitCode == 0, "\(result.diagnostics)")
        #expect(result.diagnostics.contains("kept as \(before),"))
        #expect(try await types(store: crashed).count == 5)
        #expect(try await types(store: before).count == 55)
    }

    @Test("What the superuser makes belongs to whom the folder belongs", .enabled(if: geteuid() == 0))
    func owner() async throws {
        try await fillAndBackUp()
        let other = folder.path("other")
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
        try #require(chown(other, 65_534, 65_534) == 0)
        #expect(try await run("init", store: other + "/new.db").exitCode == 0)
        #expect(try await run("restore", "--from", "copy.db", store: other + "/restored.db").exitCode == 0)
        for name in try FileManager.default.contentsOfDirectory(atPath: other) {
            let owner = try FileManager.default.attributesOfItem(atPath: other + "/" + name)[.ownerAccountID]
            #expect(owner as? Int == 65_534, "\(name)")
        }
    }

    @Test("A store is restored where there is none, or a file of something else", arguments: ["none", "log", "letter"])
    func noStore(kind: String) async throws {
        try await fillAndBackUp()
        for name in try names() { try FileManager.default.removeItem(atPath: folder.path(name)) }
        switch kind {
        case "log": try Data(repeating: 0x41, count: 100).write(to: URL(fileURLWithPath: folder.store + "-wal"))
        case "letter": try Data(repeating: 0x41, count: 9_000).write(to: URL(fileURLWithPath: folder.store))
        default: break
        }
        let result = try await run("restore", "--from", "copy.db")
        #expect(result.exitCode == 0, "\(result.diagnostics)")
        #expect(result.diagnostics.contains(".before-restore-") == (kind != "none"))
        #expect(try await run("verify").exitCode == 0)
        #expect(try await types().count == 5)
        // The permissions of the earlier file, if there was one.
        guard kind != "letter" else { return }
        #expect(try FileManager.default.attributesOfItem(atPath: folder.store)[.posixPermissions] as? Int == 0o600)
    }

    /// Files that are not copies of a store, and the message for each.
    private static let badCopies = [
        ("missing.db", "there is no file missing.db to restore from"),
        ("letter.db", "damaged or is not an event store"),
        ("page.db", "does not pass SQLite's quick check"), ("older.db", "store-admin migrate --store"),
        ("newer.db", "schema version 999"), ("events.db", "is the store that is to be restored"),
        ("events.db.restoring", "name the copy that it was made from"),
    ]

    @Test("What is no sound store of this schema is refused, and the store stays as it was", arguments: badCopies)
    func badCopy(name: String, words: String) async throws {
        try await fillAndBackUp()
        let copy = try Data(contentsOf: URL(fileURLWithPath: folder.path("copy.db")))
        // The schema's version is in the file's header, at offset 60 (https://www.sqlite.org/fileformat2.html).
        try copy.write(to: URL(fileURLWithPath: folder.store + ".restoring"))
        for (name, version) in [("older.db", [0, 0, 0, 3]), ("newer.db", [0, 0, 3, 231])] as [(String, [UInt8])] {
            var bytes = copy
            bytes.replaceSubrange(60..<64, with: version)
            try bytes.write(to: URL(fileURLWithPath: folder.path(name)))
        }
        try Data(repeating: 0x41, count: 9_000).write(to: URL(fileURLWithPath: folder.path("letter.db")))
        var bytes = copy
        bytes.replaceSubrange((bytes.count - 12_288)..<(bytes.count - 8_192), with: Data(repeating: 0xA5, count: 4_096))
        try bytes.write(to: URL(fileURLWithPath: folder.path("page.db")))
        let before = try names()
        let stored = try Data(contentsOf: URL(fileURLWithPath: folder.store))

        let result = try await run("restore", "--from", name)
        #expect(result.exitCode == 69)
        #expect(result.output.isEmpty)
        #expect(result.diagnostics.contains(words), "\(result.diagnostics)")
        // A reader creates an index of the log, and an empty log.
        let after = try names().filter { !$0.hasSuffix("-shm") && !$0.hasSuffix("-wal") }
        #expect(after == before.filter { !$0.hasSuffix("-shm") && !$0.hasSuffix("-wal") })
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.store)) == stored)
    }

    @Test("It is refused while a process holds the store, and says which")
    func held() async throws {
        try await fillAndBackUp()
        try await folder.filling { store, account in
            let before = try names()
            let result = try await run("restore", "--from", "copy.db")
            #expect(result.exitCode == 69)
            #expect(result.diagnostics.hasPrefix("store-admin: error: process \(getpid()) holds the store"))
            #expect(try names() == before)
            try await store.ingest("early", into: account)
        }
    }

    @Test("Where a restore was broken off before the store had its place, none is made there, and it can be run again")
    func brokenOff() async throws {
        try await fillAndBackUp()
        for name in try names() { try FileManager.default.removeItem(atPath: folder.path(name)) }
        for ending in ["", "-wal", "-shm"] {
            try Data(repeating: 0x41, count: 100).write(to: URL(fileURLWithPath: folder.store + ".restoring" + ending))
        }
        for command in ["init", "status"] {
            let result = try await run(command)
            #expect(result.exitCode == 69)
            #expect(result.diagnostics.contains("run `store-admin restore` again"))
        }
        #expect(!FileManager.default.fileExists(atPath: folder.store))
        #expect(try await run("restore", "--from", "copy.db").exitCode == 0)
        #expect(try await run("verify").exitCode == 0)
        #expect(try names().allSatisfy { !$0.contains("restoring") })
    }
}
