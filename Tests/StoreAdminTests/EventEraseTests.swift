import EventLedger
import Foundation
import SQLite
import Testing

@Suite("Erasing events")
struct EventEraseTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String...) async throws -> ToolResult {
        try await AdminTool.run(["event"] + arguments, store: folder.store, in: folder)
    }

    private func remaining() async throws -> Int {
        let list = try await run("list", "--limit", "1000", "--format", "json").json()
        return try #require(list["data"] as? [Any]).count
    }

    @Test("Events are erased by their ids, once")
    func byID() async throws {
        let ids = try await folder.filling { store, account in
            [
                try await store.ingest("a", into: account), try await store.ingest("b", into: account),
                try await store.ingest("c", into: account),
            ]
        }
        let dry = try await run("erase", "\(ids[0])", "\(ids[1])", "--dry-run")
        #expect(dry.exitCode == 0 && dry.diagnostics == "2 events would be erased.\n")
        #expect(try await remaining() == 3)
        #expect(try await run("erase", "\(ids[0])", "\(ids[1])").diagnostics == "2 events erased.\n")
        let again = try await run("erase", "\(ids[0])", "\(ids[2])")
        #expect(again.exitCode == 1)
        #expect(
            again.diagnostics == "1 event erased.\nstore-admin: error: 1 of the events does not exist: \(ids[0])\n"
        )
        #expect(try await remaining() == 0)
        #expect(try await run("get", "\(ids[0])").exitCode == 1)
    }

    @Test("An event whose data is damaged is told by its id, and can be erased by it")
    func damaged() async throws {
        let ids: [EventID] = try await folder.filling { store, account in
            [try await store.ingest("a", into: account), try await store.ingest("b", into: account)]
        }
        try Connection(path: folder.store, mode: .readWrite)
            .execute("DROP TRIGGER events_are_never_changed; UPDATE events SET data = '{' WHERE sequence = 1")
        let verified = try await AdminTool.run(["verify"], store: folder.store, in: folder)
        let said = String(decoding: verified.output, as: UTF8.self) + verified.diagnostics
        #expect(verified.exitCode != 0)
        #expect(said.contains("event erase \(ids[0])"), "\(said)")
        #expect(try await run("list").exitCode != 0)
        #expect(try await run("erase", "\(ids[0])").diagnostics == "1 event erased.\n")
        #expect(try await run("list").exitCode == 0)
    }

    @Test("An event that is lost is recorded as erased by its id, with those that are lost behind it")
    func lost() async throws {
        let ids = try await folder.filling { store, account in
            var ids: [EventID] = []
            for type in ["a", "b", "c", "d"] { ids.append(try await store.ingest(type, into: account)) }
            return ids
        }
        let connection = try Connection(path: folder.store, mode: .readWrite)
        try connection.execute(
            "DROP TRIGGER events_are_deleted_by_erasure_only; DELETE FROM events WHERE sequence IN (2, 3)"
        )
        connection.close()
        #expect(try await run("list", "--after", "\(ids[0])").diagnostics.contains("event erase \(ids[1])"))
        #expect(try await run("erase", "\(ids[1])", "--dry-run").exitCode == 1)
        #expect(try await run("erase", "\(ids[1])").diagnostics == "2 events erased.\n")
        #expect(try await remaining() == 2)
    }

    @Test("Events are erased by contact, by type and by age, page by page")
    func described() async throws {
        try await folder.filling { store, account in
            let events = try (0..<2_500).map { index in
                NewEvent(
                    type: try EventType(index % 5 == 0 ? "viewed" : "order"),
                    contact: .email(try EmailAddress(index % 2 == 0 ? "ada@example.com" : "bob@example.com")),
                    data: nil,
                    idempotencyKey: nil
                )
            }
            _ = await store.ingest(events, into: account)
        }
        let cases = [
            (["--contact", "ada@example.com", "--type", "viewed"], 250), (["--older-than", "1d"], 0),
            (["--type", "viewed"], 250), (["--contact", "ada@example.com"], 1_000),
        ]
        for (arguments, count) in cases {
            let dry = try await AdminTool.run(
                ["event", "erase", "--dry-run"] + arguments,
                store: folder.store,
                in: folder
            )
            #expect(dry.diagnostics == "\(count) events would be erased.\n", "\(arguments)")
            let result = try await AdminTool.run(["event", "erase"] + arguments, store: folder.store, in: folder)
            #expect(result.exitCode == 0 && result.diagnostics == "\(count) events erased.\n", "\(arguments)")
        }
        #expect(try await run("erase", "--older-than", "1ms").exitCode != 0)
        let unknown = try await run("erase", "--contact", "x@example.com")
        #expect(unknown.exitCode == 1 && unknown.diagnostics.contains("no contact has this address"))
        let listed = try await run("list", "--contact", "x@example.com", "--format", "json")
        #expect(listed.exitCode == 1 && listed.output.isEmpty && listed.diagnostics == unknown.diagnostics)
    }

    @Test(
        "Events that are large are erased some megabytes at a time, so that others' events come in between",
        arguments: [true, false]
    )
    func large(areNamed: Bool) async throws {
        let data = #"{"x":""# + String(repeating: "x", count: 250_000) + #""}"#
        let ids = try await folder.filling { store, account in
            var ids: [String] = []
            for _ in 0..<40 { ids.append("\(try await store.ingest("a", data: data, into: account))") }
            return ids
        }
        let which = areNamed ? ids : ["--type", "a"]
        let result = try await AdminTool.run(["event", "erase"] + which, store: folder.store, in: folder)
        #expect(result.diagnostics == "40 events erased.\n")
        // Consecutive events are recorded as one range for each transaction that erases them: here 17 at a time.
        let connection = try Connection(path: folder.store, mode: .readOnly)
        #expect(try connection.integer("SELECT count(*) FROM erasures") == 3)
    }

    @Test("The events of a contact that was deleted are erased by its id")
    func deletedContact() async throws {
        let contact = try await folder.filling { store, account in
            let events = try (0..<3).map { _ in
                NewEvent(type: try EventType("a"), contact: .email(try EmailAddress("ada@example.com")))
            }
            _ = await store.ingest(events, into: account)
            let contact = try await store.contact(.email(try EmailAddress("ada@example.com")), in: account)
            return try #require(contact).id
        }
        let deletion = try await AdminTool.run(
            ["contact", "delete", "ada@example.com"],
            store: folder.store,
            in: folder
        )
        #expect(deletion.exitCode == 0)
        #expect(try await run("erase", "--contact", "ada@example.com").exitCode == 1)
        #expect(try await run("erase", "--contact", "\(contact)").diagnostics == "3 events erased.\n")
        #expect(try await remaining() == 0)
    }

    @Test("Events behind younger ones are old enough where the clock was ahead")
    func clockAhead() async throws {
        try await folder.filling { store, account in
            let events = try (0..<1_010).map { _ in
                NewEvent(type: try EventType("a"), contact: .email(try EmailAddress("ada@example.com")))
            }
            _ = await store.ingest(events, into: account)
        }
        try folder.change(
            """
            DROP TRIGGER events_are_never_changed;
            UPDATE events SET received_at_ms = received_at_ms + 31536000000 WHERE sequence <= 1005;
            UPDATE events SET received_at_ms = received_at_ms - 86400000 WHERE sequence > 1005
            """
        )
        #expect(try await run("erase", "--older-than", "12h").diagnostics == "5 events erased.\n")
    }

    @Test(
        "What is not to be erased has to be said",
        arguments: [[], ["--older-than", "forever"], ["x"], ["--contact", "x"]]
    )
    func usage(arguments: [String]) async throws {
        let result = try await AdminTool.run(["event", "erase"] + arguments, store: folder.store, in: folder)
        #expect(result.exitCode == 64)
    }
}
