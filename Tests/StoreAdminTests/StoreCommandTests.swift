import EventLedger
import Foundation
import Migrations
import SQLite
import Testing

@testable import StoreAdmin

@Suite("init, migrate, status and verify")
struct StoreCommandTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String...) async throws -> ToolResult {
        try await AdminTool.run(arguments, store: folder.store, in: folder)
    }

    @Test("init makes a store that is sound and has the default account")
    func create() async throws {
        let made = try await run("init")
        #expect(made.exitCode == 0)
        #expect(made.output.isEmpty)
        #expect(made.diagnostics.hasPrefix("Created a store at \(folder.store) "))
        #expect(FileManager.default.fileExists(atPath: folder.store))

        let verified = try await run("verify")
        #expect(verified.exitCode == 0)
        #expect(verified.output.isEmpty)
        #expect(verified.diagnostics == "no problems found\n")
        #expect(
            try await run("account", "list", "--format", "json").rows().map { $0["name"] as? String } == ["default"]
        )
    }

    @Test("init leaves a store that exists as it is")
    func createAgain() async throws {
        try await folder.filling { store, account in try await store.ingest("a", into: account) }
        let again = try await run("init")
        #expect(again.exitCode == 0)
        #expect(again.diagnostics.contains("already"))
        let status = try await run("status", "--format", "json").json()["data"] as? [String: Any]
        #expect(status?["events"] as? Int == 1)
        #expect(status?["epoch"] as? Int == 2, "the store was not opened for writing again")
    }

    @Test("init makes a store of an empty file, as a creation that was cut off leaves it")
    func createInEmptyFile() async throws {
        try Data().write(to: URL(fileURLWithPath: folder.store))
        #expect(try await run("init").exitCode == 0)
        #expect(try await run("verify").exitCode == 0)
    }

    /// Creates a file with the first steps of the schema, as an interrupted `init` leaves it.
    private func makeSchema(steps: Int) throws -> Connection {
        try Data().write(to: URL(fileURLWithPath: folder.store))
        let connection = try Connection(path: folder.store, mode: .readWrite)
        try connection.execute("PRAGMA journal_mode = WAL")
        for step in MigrationCatalog.all.prefix(steps) {
            try connection.execute("BEGIN; \(String(decoding: step.sql, as: UTF8.self)); COMMIT")
        }
        return connection
    }

    @Test("init that was broken off before there was a schema is run again, as its message says")
    func createAgainWithoutSchema() async throws {
        try makeSchema(steps: 0).close()
        let status = try await run("status")
        #expect(status.exitCode == 69 && status.diagnostics.contains("`store-admin init`"))
        #expect(try await run("init").exitCode == 0)
        #expect(try await run("verify").exitCode == 0)
    }

    @Test(
        "init that was broken off between two steps of the schema goes on",
        arguments: [1, 5, 9, MigrationCatalog.all.count]
    )
    func createAgainWithSomeSchema(steps: Int) async throws {
        try makeSchema(steps: steps).close()
        let result = try await run("init")
        #expect(result.exitCode == 0 && result.diagnostics.hasPrefix("Created a store"), "\(result.diagnostics)")
        #expect(try await run("verify").exitCode == 0)
    }

    @Test("init that was broken off before there was a log is run again, as the message of others says")
    func createAgainWithJournal() async throws {
        let written = folder.path("written.db")
        try Data().write(to: URL(fileURLWithPath: written))
        let connection = try Connection(path: written, mode: .readWrite)
        // With room for only a few pages in memory, a transaction in progress has its journal on the disk.
        try connection.execute("PRAGMA cache_size = 2; BEGIN; CREATE TABLE t (b BLOB)")
        for _ in 0..<50 { try connection.execute("INSERT INTO t VALUES (randomblob(4000))") }
        for ending in ["", "-journal"] {
            try FileManager.default.copyItem(atPath: written + ending, toPath: folder.store + ending)
        }
        let status = try await run("status")
        #expect(status.exitCode == 69 && status.diagnostics.contains("`store-admin init`"), "\(status.diagnostics)")
        let result = try await run("init")
        #expect(result.exitCode == 0, "\(result.diagnostics)")
        #expect(try await run("verify").exitCode == 0)
    }

    @Test("init leaves a store of an earlier version as it is, and says what brings it up to date")
    func earlierVersion() async throws {
        let connection = try makeSchema(steps: 8)
        try connection.execute("UPDATE store SET epoch = 1")
        connection.close()
        let result = try await run("init")
        #expect(result.exitCode == 0 && result.diagnostics.contains("schema version 8"), "\(result.diagnostics)")
        #expect(result.diagnostics.contains("`store-admin migrate`"))
    }

    @Test("init does not make folders")
    func createWithoutFolder() async throws {
        let result = try await run("init", "--store", folder.path("missing/events.db"))
        #expect(result.exitCode == 69)
        #expect(result.diagnostics.hasPrefix("store-admin: error: "))
        #expect(!FileManager.default.fileExists(atPath: folder.path("missing")))
    }

    @Test("The option goes before the environment, and ./events.db comes last")
    func whichStore() async throws {
        let other = folder.path("other.db")
        #expect(try await run("init", "--store", other).exitCode == 0)
        #expect(FileManager.default.fileExists(atPath: other))
        #expect(!FileManager.default.fileExists(atPath: folder.store))

        let byDefault = try await AdminTool.run(["init"], in: folder)
        #expect(byDefault.exitCode == 0)
        #expect(FileManager.default.fileExists(atPath: folder.path("events.db")))
    }

    @Test("migrate has nothing to do for a store of the present version")
    func migrate() async throws {
        try await folder.filling { _, _ in }
        let result = try await run("migrate")
        #expect(result.exitCode == 0)
        #expect(result.output.isEmpty)
        #expect(result.diagnostics.hasPrefix("Nothing to do: the store has schema version "))
    }

    @Test("migrate is refused while another process holds the store, and says which")
    func migrateHeld() async throws {
        try await folder.filling { _, _ in
            let result = try await run("migrate")
            #expect(result.exitCode == 69)
            #expect(result.diagnostics.hasPrefix("store-admin: error: process \(getpid()) holds the store"))
        }
    }

    @Test("migrate makes no store", arguments: [true, false])
    func migrateNothing(fileExists: Bool) async throws {
        if fileExists { try Data().write(to: URL(fileURLWithPath: folder.store)) }
        let result = try await run("migrate")
        #expect(result.exitCode == 69)
        #expect(result.diagnostics.contains(fileExists ? "is empty" : "`store-admin init`"))
        #expect(FileManager.default.fileExists(atPath: folder.store) == fileExists)
    }

    @Test("compact writes the store anew, and tells its sizes")
    func compact() async throws {
        try await folder.filling { store, account in try await store.ingest("a", key: "k", into: account) }
        let result = try await run("compact")
        #expect(result.exitCode == 0)
        #expect(result.output.isEmpty)
        #expect(result.diagnostics.contains(/^Rewrote the store: \d+ bytes before, \d+ now\.\n$/))
        #expect(try await run("verify").exitCode == 0)
        #expect(try await run("event", "list", "--format", "json").rows().count == 1)
    }

    @Test("compact is refused while another process holds the store, and says which; it makes no store")
    func compactHeld() async throws {
        #expect(try await run("compact").exitCode == 69)
        #expect(!FileManager.default.fileExists(atPath: folder.store))
        try await folder.filling { _, _ in
            let result = try await run("compact")
            #expect(result.exitCode == 69)
            #expect(result.diagnostics.hasPrefix("store-admin: error: process \(getpid()) holds the store"))
        }
    }

    @Test("status counts what there is, in each format")
    func status() async throws {
        try await folder.filling { store, account in
            try await store.ingest("a", from: "ann@example.com", key: "k", into: account)
            try await store.ingest("a", from: "ann@example.com", key: "k", into: account)
            try await store.ingest("b", from: "ann@example.com", key: "k", into: account)
            try await store.ingest("b", from: "bob@example.com", into: account)
        }
        let result = try await run("status", "--format", "json")
        #expect(result.exitCode == 0)
        #expect(result.diagnostics.isEmpty)
        let status = try #require(try result.json()["data"] as? [String: Any])
        let numbers = status.compactMapValues { $0 as? Int }
        #expect(numbers["events"] == 2)
        #expect(numbers["contacts"] == 2)
        #expect(numbers["accounts"] == 1)
        #expect(numbers["ledger_entries"] == 1)
        #expect(numbers["replays"] == 2)
        #expect(numbers["mismatches"] == 1)
        #expect(numbers["active_tokens"] == 0)
        #expect(numbers["epoch"] == 2)
        #expect(try #require(numbers["database_bytes"]) > 0)
        #expect(status["held_by_process"] is NSNull)

        let table = try await run("status").lines
        #expect(table.contains { $0.hasPrefix("events ") && $0.hasSuffix(" 2") })
        #expect(table.contains { $0.hasPrefix("database_bytes ") && $0.contains(" bytes (") && $0.hasSuffix("iB)") })
        #expect(table.contains { $0.hasPrefix("held_by_process ") && $0.hasSuffix("nobody") })

        let csv = try await run("status", "--format", "csv").text.components(separatedBy: "\r\n")
        try #require(csv.count == 3)
        #expect(csv[0].hasPrefix("schema_version,epoch,accounts,contacts,events,"))
        #expect(csv[1].hasPrefix("\(numbers["schema_version"] ?? 0),2,1,2,2,"))
    }

    @Test("Reading works while another process holds the store, and status says which")
    func statusHeld() async throws {
        try await folder.filling { store, account in
            try await store.ingest("a", into: account)
            let held = try await run("status", "--format", "json").json()["data"] as? [String: Any]
            #expect(held?["held_by_process"] as? Int == Int(getpid()))
            #expect(try await run("event", "list", "--format", "json").rows().count == 1)
            #expect(try await run("init").exitCode == 0)
        }
    }

    @Test("A holder that this user may not see is unknown, and not process 0")
    func unknownHolder() async throws {
        var status = try await folder.filling { store, _ in try await store.status() }
        status.heldByProcess = 0
        let table = String(decoding: StatusCommand.listing.text(of: status, as: .table), as: UTF8.self)
        #expect(table.hasSuffix("held_by_process        unknown\n"))
        let json = String(decoding: StatusCommand.listing.text(of: status, as: .json), as: UTF8.self)
        #expect(json.contains("\"held_by_process\":null"))
    }

    @Test("A store whose applied migration was another one is not called healthy")
    func otherMigration() async throws {
        try await folder.filling { _, _ in }
        try folder.change(
            """
            DROP TRIGGER schema_migrations_are_never_changed;
            UPDATE schema_migrations SET checksum = zeroblob(32) WHERE version = 1
            """
        )
        let status = try await run("status")
        #expect(status.exitCode == 69)
        #expect(status.diagnostics.contains("was edited after it was applied"))
        let verified = try await run("verify", "--format", "json")
        #expect(verified.exitCode == 1)
        #expect(try verified.rows().map { $0["check"] as? String } == ["migrations"])
    }

    @Test(
        "verify of a sound store writes an empty listing for programs",
        arguments: [("json", "{\"data\":[]}\n"), ("csv", "check,message\r\n")]
    )
    func verifySound(format: String, expected: String) async throws {
        try await folder.filling { _, _ in }
        let result = try await run("verify", "--format", format)
        #expect(result.exitCode == 0)
        #expect(Array(result.text.utf8) == Array(expected.utf8))
        #expect(result.diagnostics == "no problems found\n")
    }
}
