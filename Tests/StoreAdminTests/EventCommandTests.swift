import EventLedger
import Foundation
import Testing

@Suite("Events")
struct EventCommandTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String...) async throws -> ToolResult {
        try await AdminTool.run(arguments, store: folder.store, in: folder)
    }

    /// Objects whose spelling would change if a JSON parser read them and an encoder wrote them.
    static let spellings = [
        #"{"n":1.0}"#, #"{"n":1e400}"#, #"{"n":1234567890123456789012345678901234567890}"#, #"{"n":-0}"#, "{}",
        #"{"s":"\u0000\u00e9\/\ud800"}"#, "{ \"a\"\t:\r\n [ 1 ,2 ] }", #"{"b":1,"a":2,"a":3}"#,
        #"{"é":"日本","q":"\"a\""}"#,
        "{\"e\u{301}\":\"\u{FEFF}\u{2028}\u{7F}\"}",
    ]

    @Test("Event data comes out byte for byte, from get and from list", arguments: spellings)
    func verbatim(data: String) async throws {
        let id = try await folder.filling { store, account in
            try await store.ingest("order", data: data, into: account)
        }
        let wanted = Array(#""event_data":"#.utf8) + Array(data.utf8) + Array("}".utf8)
        let one = try await run("event", "get", id.description, "--format", "json")
        #expect(one.exitCode == 0)
        #expect(
            one.output.starts(with: Array(#"{"data":{"event_id":"\#(id)","event_type":"order","privy_id":"cus_"#.utf8))
        )
        #expect(one.output.suffix(wanted.count + 2) == wanted + Array("}\n".utf8))
        let list = try await run("event", "list", "--format", "json")
        #expect(contains(list.output, wanted + Array("],\"next_cursor\":\"\(id)\",\"has_more\":false}\n".utf8)))

        let quoted = "\"" + data.replacing("\"", with: "\"\"") + "\"\r\n"
        let csv = try await run("event", "list", "--format", "csv")
        if data != "{}" { #expect(csv.output.suffix(quoted.utf8.count) == Array(quoted.utf8)[...]) }
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        Data(bytes).range(of: Data(part)) != nil
    }

    @Test("An event without data has null, and a table for people")
    func withoutData() async throws {
        let id = try await folder.filling { store, account in try await store.ingest("order", into: account) }
        let event = try #require(
            try await run("event", "get", id.description, "--format", "json").json()["data"] as? [String: Any]
        )
        #expect(
            Set(event.keys) == ["event_id", "event_type", "privy_id", "event_time", "received_at", "event_data"]
        )
        #expect(event["event_data"] is NSNull)
        let table = try await run("event", "get", id.description).lines
        #expect(table.first == "event_id     \(id)")
        #expect(table.last == "event_data   -")
    }

    @Test(
        "Events are listed in their order, page by page, without a gap or a repeat",
        arguments: ["json", "table", "csv"]
    )
    func pages(format: String) async throws {
        let ids = try await folder.filling { store, account in
            var ids: [String] = []
            for number in 0..<7 {
                ids.append(try await store.ingest("t\(number)", into: account).description)
            }
            return ids
        }
        var seen: [String] = []
        var cursor: String?
        repeat {
            var arguments = ["event", "list", "--limit", "3", "--format", format]
            if let cursor { arguments += ["--after", cursor] }
            let page = try await AdminTool.run(arguments, store: folder.store, in: folder)
            #expect(page.exitCode == 0)
            let found = ids.filter(page.text.contains)
            seen += format == "json" ? try page.rows().compactMap { $0["event_id"] as? String } : found
            // The message for people and the field for programs lead to the same place.
            let said = page.diagnostics.split(separator: " ").last.map { $0.trimmingCharacters(in: .newlines) }
            if format == "json" {
                let hasMore = try page.json()["has_more"] as? Bool
                #expect(hasMore == (said != nil))
            }
            cursor = said
        } while cursor != nil && seen.count <= ids.count
        #expect(seen == ids.sorted { ids.firstIndex(of: $0) ?? 0 < ids.firstIndex(of: $1) ?? 0 })
    }

    @Test("A filter picks events by type and by contact")
    func filters() async throws {
        let contact = try await folder.filling { store, account in
            try await store.ingest("a", from: "ann@example.com", into: account)
            try await store.ingest("b", from: "ann@example.com", into: account)
            try await store.ingest("a", from: "bob@example.com", into: account)
            return try await store.contact(.email(try EmailAddress("bob@example.com")), in: account)?.id
        }
        let bob = try #require(contact).description
        #expect(try await run("event", "list", "--type", "a", "--format", "json").rows().count == 2)
        #expect(try await run("event", "list", "--type", "c", "--format", "json").rows().isEmpty)
        #expect(try await run("event", "list", "--contact", "ann@example.com", "--format", "json").rows().count == 2)
        let ofBob = try await run("event", "list", "--contact", bob, "--format", "json").rows()
        #expect(ofBob.map { $0["privy_id"] as? String } == [bob])
        #expect(
            try await run("event", "list", "--contact", "ann@example.com", "--type", "b", "--format", "json").rows()
                .count
                == 1
        )
    }

    @Test("An event or a place of another account is not found")
    func otherAccount() async throws {
        let id = try await folder.filling { store, account in
            _ = try await store.perform(.createAccount(name: "acme", isStrict: false))
            return try await store.ingest("a", into: account)
        }
        let event = try await run("event", "get", id.description, "--account", "acme")
        #expect(event.exitCode == 1)
        #expect(event.output.isEmpty)
        #expect(event.diagnostics == "store-admin: error: the account has no event with that id\n")
        let list = try await run("event", "list", "--after", id.description, "--account", "acme")
        #expect(list.exitCode == 1)
        #expect(list.output.isEmpty)
        #expect(try await run("event", "get", "507f1f77bcf86cd799439011").exitCode == 1)
    }

    @Test("A wrong command line ends with 64, says why on standard error, and reads no store")
    func usage() async throws {
        let result = try await run("event", "list", "--limit", "0")
        #expect(result.exitCode == 64)
        #expect(result.output.isEmpty)
        #expect(result.diagnostics.hasPrefix("store-admin: error: --limit must be 1 to \(Limits.pageRows)\n"))
    }

    @Test(
        "A key or a contact that breaks a rule is not repeated",
        arguments: [
            ["key", "explain", "se\ncret"], ["contact", "get", "secret"], ["event", "list", "--contact", "secret"],
        ]
    )
    func notRepeated(command: [String]) async throws {
        let result = try await AdminTool.run(command, store: folder.store, in: folder)
        #expect(result.exitCode == 64)
        #expect(!result.diagnostics.contains("cret"))
    }

    @Test("Help is a result")
    func help() async throws {
        let result = try await run("event", "list", "--help")
        #expect(result.exitCode == 0)
        #expect(result.text.contains("USAGE: store-admin event list"))
        #expect(result.diagnostics.isEmpty)
    }
}
