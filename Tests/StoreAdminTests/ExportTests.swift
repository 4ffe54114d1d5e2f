import EventLedger
import Foundation
import Testing

@testable import StoreAdmin

@Suite("Export")
struct ExportTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String..., store: String? = nil) async throws -> ToolResult {
        try await AdminTool.run(arguments, store: store ?? folder.store, in: folder)
    }

    /// Spellings that this system's JSON parser accepts; it refuses half of a surrogate pair, and large numbers.
    private static let readable = EventCommandTests.spellings.filter { spelling in
        !spelling.contains(#"\ud800"#) && !spelling.contains("1e400")
    }

    /// Fills two accounts, their events mixed, with keys and without.
    private func fill(_ count: Int, _ spellings: [String] = readable) async throws {
        try await folder.filling { store, account in
            _ = try await store.perform(.createAccount(name: "acme", isStrict: false))
            let other = try #require(try await store.account(named: "acme")).id
            var events: [NewEvent] = []
            for number in 0..<count {
                let contact: ContactReference =
                    number.isMultiple(of: 3)
                    ? .phone(try PhoneNumber("+49\(10 + number % 7)")) : .email(try EmailAddress("User\(number % 5)@b"))
                let spelling = spellings[number % spellings.count]
                events.append(
                    NewEvent(
                        type: try EventType("t\(number % 4)"),
                        contact: contact,
                        time: number.isMultiple(of: 2) ? try EventTime("2024-01-15T10:30:00.\(number)Z") : nil,
                        data: number.isMultiple(of: 11) ? nil : try EventData(spelling),
                        idempotencyKey: number.isMultiple(of: 5) ? nil : try IdempotencyKey("key \"é\" \(number)")
                    )
                )
            }
            for start in stride(from: 0, to: count, by: 50) {
                let part = Array(events[start..<min(start + 50, count)])
                _ = await store.ingest(part, into: account)
                _ = await store.ingest(part, into: other)
            }
        }
    }

    private func exported(_ arguments: String..., store: String? = nil) async throws -> ToolResult {
        let result = try await AdminTool.run(["export"] + arguments, store: store ?? folder.store, in: folder)
        #expect(result.exitCode == 0)
        return result
    }

    @Test(
        "What is exported and imported into another store comes out of it byte for byte, however often",
        arguments: [1, 2_345]
    )
    func roundTrip(count: Int) async throws {
        try await fill(count, EventCommandTests.spellings)
        let lines = try await exported()
        #expect(lines.lines.count == count)
        #expect(lines.diagnostics == (count == 1 ? "1 event exported\n" : "\(count) events exported\n"))
        let file = try folder.newFile()
        try Data(lines.output).write(to: file)
        let copy = folder.path("copy.db")
        #expect(try await run("init", store: copy).exitCode == 0)
        let first = try await run("import", file.path, store: copy)
        #expect(first.exitCode == 0)
        #expect(first.diagnostics == "\(count) accepted, 0 replayed, 0 rejected\n")
        #expect(try await exported(store: copy).output == lines.output)
        let second = try await run("import", file.path, store: copy)
        #expect(second.diagnostics == "0 accepted, \(count) replayed, 0 rejected\n")
        #expect(try await exported(store: copy).output == lines.output)
    }

    @Test("An event as large as one may be is taken in again, with a key as long as one may be")
    func largest() async throws {
        let padding = Limits.eventDataBytes - #"{"a":""}"#.utf8.count
        let data = #"{"a":""# + String(repeating: "x", count: padding) + #""}"#
        try await folder.filling { store, account in
            try await store.ingest("a", data: data, key: String(repeating: "\u{22}", count: 255), into: account)
        }
        let lines = try await exported()
        #expect(lines.output.count > Limits.requestBodyBytes)
        let file = try folder.newFile()
        try Data(lines.output).write(to: file)
        let copy = folder.path("copy.db")
        #expect(try await run("init", store: copy).exitCode == 0)
        #expect(try await run("import", file.path, store: copy).diagnostics == "1 accepted, 0 replayed, 0 rejected\n")
        #expect(try await exported(store: copy).output == lines.output)
    }

    @Test("Keys are those of the account's own events, and an event without one has one made of its id")
    func keys() async throws {
        try await fill(220)
        let page = try await run("event", "list", "--format", "json", "--limit", "1000", "--account", "acme").rows()
        let lines = try await exported("--account", "acme").lines
        #expect(lines.count == page.count)
        for (number, line) in lines.enumerated() {
            let event = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let id = try #require(page[number]["event_id"] as? String)
            let key = number.isMultiple(of: 5) ? "event:\(id)" : "key \"é\" \(number)"
            #expect(event["idempotency_key"] as? String == key)
            #expect(event["event_time"] as? String == page[number]["event_time"] as? String)
            #expect(event["privy_id"] == nil)
            #expect((event["email"] == nil) != (event["phone"] == nil))
        }
    }

    @Test("A filter and a place pick events, each with its own key")
    func picked() async throws {
        try await fill(220)
        let all = try await exported().lines
        let ids = try await run("event", "list", "--format", "json", "--limit", "1000").rows().compactMap {
            $0["event_id"] as? String
        }
        #expect(try await exported("--after", ids[99]).lines == Array(all[100...]))
        #expect(try await exported("--after", ids[219]).lines.isEmpty)
        let ofType = all.enumerated().filter { $0.offset % 4 == 1 }.map(\.element)
        #expect(try await exported("--type", "t1").lines == ofType)
        #expect(try await exported("--contact", "user1@b").lines == all.filter { $0.contains("User1@b") })
        let unknown = try await run("export", "--contact", "nobody@b")
        #expect(unknown.exitCode == 1 && unknown.output.isEmpty)
        #expect(unknown.diagnostics.contains("no contact has this address"))
        let both = all[100...].filter { $0.contains("\"t2\"") && $0.contains("User2@b") }
        #expect(try await exported("--after", ids[99], "--type", "t2", "--contact", "user2@b").lines == both)
    }

    @Test(
        "Line breaks between the tokens of the data become spaces, and nothing else changes",
        arguments: EventCommandTests.spellings
    )
    func data(spelling: String) async throws {
        try await folder.filling { store, account in
            try await store.ingest("a", data: spelling, key: "k", into: account)
        }
        let lines = try await exported().lines
        let oneLine = String(decoding: spelling.utf8.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }, as: UTF8.self)
        #expect(lines.count == 1)
        #expect(lines.first?.contains("\"event_data\":\(oneLine),\"idempotency_key\":\"k\"}") == true)
    }

    private func partialFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path(".")).filter { $0.contains("partial") }
    }

    @Test("Two exports to one name do not meet before one of them is complete")
    func twoAtOnce() throws {
        let path = folder.path("out.ndjson")
        let one = try ExportFile(path: path)
        let other = try ExportFile(path: path)
        try one.append(Array("one\n".utf8))
        try other.append(Array("other\n".utf8))
        try one.finish()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\n")
        try other.finish()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "other\n")
        #expect(try partialFiles().isEmpty)
    }

    @Test("A file has its name only when it is complete, and only its owner can read it")
    func file() async throws {
        try await fill(10)
        let path = folder.path("out.ndjson")
        try Data("older".utf8).write(to: URL(fileURLWithPath: path))
        let failed = try await run("export", "--output", path, "--after", "507f1f77bcf86cd799439011")
        #expect(failed.exitCode == 1)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "older")
        #expect(try partialFiles().isEmpty)
        let result = try await run("export", "--output", path)
        #expect(result.exitCode == 0)
        #expect(result.output.isEmpty)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(try await exported().output))
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        #expect(try partialFiles().isEmpty)
        let nowhere = try await run("export", "--output", folder.path("missing/out.ndjson"))
        #expect(nowhere.exitCode == 1)
        #expect(nowhere.diagnostics.contains("missing/out.ndjson cannot be created in"))
    }

    @Test(
        "An event whose row is gone ends the export, and one that was erased does not",
        arguments: [1, 6, 10],
        [[], ["--type", "t1"], ["--contact", "User1@b"], ["--output", "out.ndjson"]]
    )
    func eventGone(number: Int, arguments: [String]) async throws {
        try await fill(10)
        let ids = try await run("event", "list", "--format", "json").rows().compactMap { $0["event_id"] as? String }
        #expect(try await run("event", "erase", ids[2]).exitCode == 0)
        #expect(try await run("event", "erase", ids[3]).exitCode == 0)
        #expect(try await AdminTool.run(["export"] + arguments, store: folder.store, in: folder).exitCode == 0)
        try folder.change(
            "DROP TRIGGER events_are_deleted_by_erasure_only; DELETE FROM events WHERE position = (1 << 40) + \(number)"
        )
        try? FileManager.default.removeItem(atPath: folder.path("out.ndjson"))
        let result = try await AdminTool.run(["export"] + arguments, store: folder.store, in: folder)
        #expect(result.exitCode == 69)
        #expect(result.diagnostics.contains("event \(number) of account 1 is missing"), "\(result.diagnostics)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("out.ndjson")))
        // Another account, and the part after the gap, can still be exported.
        #expect(try await exported("--account", "acme").lines.count == 10)
        if number == 1 { #expect(try await exported("--after", ids[0]).lines.count == 7) }
    }

    @Test(
        "A made key that is the key of another event is not used, so that an import takes both",
        arguments: [0, 1, 3]
    )
    func madeKeyInUse(count: Int) async throws {
        try await folder.filling { store, account in
            let id = try await store.ingest("first", into: account)
            _ = try await store.ingest("second", into: account)
            for number in 0..<count {
                let key = number == 0 ? "event:\(id)" : "event:\(id):\(number)"
                try await store.ingest("other\(number)", key: key, into: account)
            }
        }
        let lines = try await exported()
        #expect(try await exported().output == lines.output)
        let keys = try lines.lines.map { line in
            let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return try #require(event?["idempotency_key"] as? String)
        }
        #expect(Set(keys).count == count + 2)
        #expect(keys[0].hasSuffix(count == 0 ? "" : ":\(count)"))
        #expect(keys[1].split(separator: ":").count == 2)
        let file = try folder.newFile()
        try Data(lines.output).write(to: file)
        let copy = folder.path("copy.db")
        #expect(try await run("init", store: copy).exitCode == 0)
        let imported = try await run("import", file.path, store: copy)
        #expect(imported.diagnostics == "\(count + 2) accepted, 0 replayed, 0 rejected\n")
    }

    @Test("A store without events, and an account that does not exist")
    func nothing() async throws {
        try await folder.filling { _, _ in }
        let empty = try await exported()
        #expect(empty.output.isEmpty)
        #expect(empty.diagnostics == "0 events exported\n")
        #expect(try await run("export", "--account", "acme").exitCode == 1)
        #expect(try await run("export", store: folder.path("missing.db")).exitCode == 69)
    }

    @Test("An export works while another process holds the store")
    func held() async throws {
        try await fill(10)
        try await folder.filling { _, _ in
            let result = try await exported()
            #expect(result.lines.count == 10)
        }
    }
}
