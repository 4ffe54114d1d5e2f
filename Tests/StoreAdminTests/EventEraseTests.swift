import EventLedger
import Foundation
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
        #expect(try await run("erase", "\(ids[0])", "\(ids[2])").diagnostics == "1 event erased.\n")
        #expect(try await remaining() == 0)
        #expect(try await run("get", "\(ids[0])").exitCode == 1)
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
            (["--contact", "x@example.com"], 0),
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
