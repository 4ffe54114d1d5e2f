import EventLedger
import Foundation
import IngestAPI
import Testing

@Suite("Import")
struct ImportTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String..., input: String? = nil) async throws -> ToolResult {
        try await AdminTool.run(arguments, store: folder.store, in: folder, input: input)
    }

    private func file(_ lines: [String], lineEnd: String = "\n") throws -> String {
        let file = try folder.newFile()
        try Data(lines.map { $0 + lineEnd }.joined().utf8).write(to: file)
        return file.path
    }

    private static func event(_ number: Int, key: String? = "k") -> String {
        let key = key.map { ",\"idempotency_key\":\"\($0)-\(number)\"" } ?? ""
        return "{\"event_type\":\"t\(number)\",\"email\":\"ann@example.com\",\"event_data\":{ \"n\" : 1.0 }\(key)}"
    }

    /// The types of the account's events, in order.
    private func types() async throws -> [String] {
        try await folder.filling { store, account in
            var types: [String] = []
            var cursor: FeedCursor?
            while true {
                let page = try await store.events(
                    in: account,
                    after: cursor,
                    limit: Limits.pageRows,
                    matching: EventFilter()
                )
                types += page.events.map(\.type.name)
                cursor = page.nextCursor
                if !page.hasMore { return types }
            }
        }
    }

    @Test("Lines become events in their order, and a second run replays them all", arguments: ["\n", "\r\n"])
    func twice(lineEnd: String) async throws {
        try await folder.filling { _, _ in }
        // More than two batches, with blank lines between.
        let count = 2 * Limits.batchEvents + 100
        let lines = (0..<count).flatMap {
            $0.isMultiple(of: 500) ? ["", ImportTests.event($0)] : [ImportTests.event($0)]
        }
        let path = try file(lines, lineEnd: lineEnd)
        let first = try await run("import", path)
        #expect(first.exitCode == 0)
        #expect(first.output.isEmpty)
        #expect(first.diagnostics == "\(count) accepted, 0 replayed, 0 rejected\n")
        let second = try await run("import", path)
        #expect(second.exitCode == 0)
        #expect(second.diagnostics == "0 accepted, \(count) replayed, 0 rejected\n")
        #expect(try await types() == (0..<count).map { "t\($0)" })
    }

    @Test("A line that breaks a rule is named and keeps no other line out")
    func rejected() async throws {
        try await folder.filling { store, account in try await store.ingest("a", key: "known", into: account) }
        let path = try file([
            ImportTests.event(1), "no JSON", "", #"{"event_type":"a b","email":"x","idempotency_key":"z"}"#,
            ImportTests.event(2, key: nil), ImportTests.event(3), #"{"idempotency_key":"known"}"#,
            #"{"event_type":"a","privy_id":"cus_0000000000000000","idempotency_key":"y"}"#,
            String(repeating: "x", count: Limits.importLineBytes + 1), ImportTests.event(4),
        ])
        let result = try await run("import", path)
        #expect(result.exitCode == 1)
        let said = result.diagnostics.split(separator: "\n").map(String.init)
        #expect(said.count == 8)
        let starts = [
            "line 2: base is not valid JSON", "line 4: event_type may hold only letters",
            "line 5: idempotency_key is required",
            "line 8: privy_id must be the id of an existing contact", "line 9: base must have at most 270336 bytes",
            "1 rejected for lack of an idempotency_key",
            "1 not stored, because the idempotency_key was first used with another payload: line 7. Give each event",
            "3 accepted, 1 replayed (1 with another payload), 5 rejected",
        ]
        for (line, start) in zip(said, starts) { #expect(line.hasPrefix(start)) }
        #expect(said[1].contains("; email must be"))
        #expect(try await types() == ["a", "t1", "t3", "t4"])
    }

    @Test("Of many rejected lines the first are named and the rest counted")
    func manyRejected() async throws {
        try await folder.filling { _, _ in }
        // In two batches, including lines that only the store refuses.
        let count = Limits.batchEvents + 10
        let path = try file(
            (0..<count).map { number in
                number.isMultiple(of: 2)
                    ? "{}"
                    : "{\"event_type\":\"a\",\"privy_id\":\"cus_0000000000000000\",\"idempotency_key\":\"\(number)\"}"
            }
        )
        let result = try await run("import", path)
        #expect(result.exitCode == 1)
        let said = result.diagnostics.split(separator: "\n")
        #expect(
            said.map { $0.prefix { $0 != ":" } }.prefix(Limits.rejectedLinesListed)
                == (1...Limits.rejectedLinesListed).map { "line \($0)" }[...]
        )
        #expect(
            said.suffix(2) == [
                "and \(count - Limits.rejectedLinesListed) more rejected lines",
                "0 accepted, 0 replayed, \(count) rejected",
            ]
        )
    }

    @Test("Lines without a key are taken when that is asked for, as often as they come")
    func keyless() async throws {
        try await folder.filling { _, _ in }
        let path = try file([ImportTests.event(1, key: nil)])
        for _ in 0..<2 {
            let result = try await run("import", "--allow-keyless", path)
            #expect(result.exitCode == 0)
            #expect(result.diagnostics == "1 accepted, 0 replayed, 0 rejected\n")
        }
        #expect(try await types() == ["t1", "t1"])
    }

    @Test("Standard input is read where the file is a hyphen")
    func standardInput() async throws {
        try await folder.filling { _, _ in }
        let result = try await run("import", "-", input: ImportTests.event(1) + "\n" + ImportTests.event(2))
        #expect(result.exitCode == 0)
        #expect(result.diagnostics == "2 accepted, 0 replayed, 0 rejected\n")
    }

    @Test("An empty file is no fault, and a missing one is", arguments: ["", "\n\n"])
    func empty(text: String) async throws {
        try await folder.filling { _, _ in }
        let result = try await run("import", "-", input: text)
        #expect(result.exitCode == 0)
        #expect(result.diagnostics == "0 accepted, 0 replayed, 0 rejected\n")
        let missing = try await run("import", "missing.ndjson")
        #expect(missing.exitCode == 1)
        let reason = "the file missing.ndjson cannot be opened: No such file or directory"
        #expect(missing.diagnostics == "store-admin: error: \(reason)\n")
        let folderItself = try await run("import", folder.url.path)
        #expect(folderItself.exitCode == 1)
        #expect(folderItself.diagnostics.contains("cannot be read: Is a directory"))
    }

    @Test("Nothing is created where there is no store, or no account of that name")
    func noStore() async throws {
        let path = try file([ImportTests.event(1)])
        #expect(try await run("import", path).exitCode == 69)
        #expect(!FileManager.default.fileExists(atPath: folder.store))
        try await folder.filling { _, _ in }
        let result = try await run("import", path, "--account", "acme")
        #expect(result.exitCode == 1)
        #expect(result.diagnostics.contains("there is no account of that name"))
    }

    @Test("A line that is not stored, because its key was first used with another payload, is told by the exit code")
    func otherPayload() async throws {
        try await folder.filling { _, _ in }
        let count = Limits.rejectedLinesListed + 3
        let path = try file((0..<count).map { ImportTests.event($0) })
        #expect(try await run("import", path).exitCode == 0)
        #expect(try await run("import", path).exitCode == 0, "the same payloads are stored")
        let others = try file((0..<count).map { ImportTests.event($0).replacing("1.0", with: "2") })
        let result = try await run("import", others)
        #expect(result.exitCode == 1)
        let listed = (1...Limits.rejectedLinesListed).map(String.init).joined(separator: ", ")
        let said = result.diagnostics.split(separator: "\n")
        #expect(said.count == 2)
        #expect(said[0].contains("first used with another payload: line \(listed) and 3 more. Give each event a key"))
        #expect(said[1] == "0 accepted, \(count) replayed (\(count) with another payload), 0 rejected")
        #expect(try await types().count == count)
    }

    @Test("In a strict account a key that comes with another payload is rejected")
    func strict() async throws {
        try await folder.filling { store, _ in
            _ = try await store.perform(.createAccount(name: "acme", isStrict: true))
        }
        let other = ImportTests.event(1).replacing("1.0", with: "2")
        let result = try await run("import", try file([ImportTests.event(1), other]), "--account", "acme")
        #expect(result.exitCode == 1)
        #expect(result.diagnostics.hasPrefix("line 2: idempotency_key was first used with another payload"))
    }

    // MARK: While another process holds the store

    private var socketPath: String { ControlSocket.path(forStore: folder.store) }

    @Test("The process that holds the store is sent the lines, and what it answers is counted")
    func throughTheSocket() async throws {
        let path = try file([
            ImportTests.event(1), "{}", ImportTests.event(1), ImportTests.event(2, key: nil),
            ImportTests.event(1).replacing("1.0", with: "2"),
            #"{"event_type":"a","privy_id":"cus_0000000000000000","idempotency_key":"y"}"#,
        ])
        try await folder.filling { store, account in
            let listener = try SocketListener(path: socketPath)
            async let served = listener.serveOnce { body in
                let batch = try body.withUnsafeBytes { try BatchRequest.parse(body: $0, as: .lines) }
                #expect(batch.count == 4)
                let results = await store.ingest(batch.events, into: account).map { result in
                    (try? result.get()).map(BatchResult.init) ?? .failed(.internalError)
                }
                return (200, BatchResponse.response(for: batch.results(ofEvents: results)).body)
            }
            let result = try await run("import", path)
            let head = try await served
            #expect(head.hasPrefix("POST /events?account=default HTTP/1.1\r\n"))
            #expect(head.contains("application/x-ndjson"))
            #expect(result.exitCode == 1)
            let said = result.diagnostics.split(separator: "\n").map(String.init)
            #expect(said.map { String($0.prefix(7)) }.prefix(3) == ["line 2:", "line 4:", "line 6:"])
            #expect(said[2] == "line 6: privy_id must be the id of an existing contact")
            #expect(said.last == "1 accepted, 2 replayed (1 with another payload), 3 rejected")
        }
        #expect(try await types() == ["t1"])
    }

    @Test(
        "What keeps that process from storing lines ends the import, which tells how far it came",
        arguments: [
            (
                503, #"{"error":{"code":"overloaded","message":"Too much."}}"#,
                "could not store the lines: Too much. Run the import again"
            ),
            (
                200,
                #"{"results":[{"event_id":"0","status":"accepted"},{"status":"failed","error":{"code":"x","message":"Full."}}]}"#,
                "line 2: it, and perhaps others after it, could not be stored: Full. Run the import again"
            ),
            (200, #"{"results":[]}"#, "does not fit"), (200, "no JSON", "Run the import again"),
        ]
    )
    func failing(status: Int, body: String, message: String) async throws {
        let path = try file([ImportTests.event(1), ImportTests.event(2)])
        try await folder.filling { _, _ in
            let listener = try SocketListener(path: socketPath)
            async let served = listener.serveOnce { _ in (status, Array(body.utf8)) }
            let result = try await run("import", path)
            _ = try await served
            #expect(result.exitCode == 69)
            let accepted = body.contains("accepted") ? 1 : 0
            #expect(result.diagnostics.hasPrefix("\(accepted) accepted, 0 replayed, 0 rejected\nstore-admin: error: "))
            #expect(result.diagnostics.contains(message))
        }
    }

    @Test("A process that does not listen is named, and nothing is stored")
    func silent() async throws {
        let path = try file([ImportTests.event(1)])
        try await folder.filling { _, _ in
            let result = try await run("import", path)
            #expect(result.exitCode == 69)
            #expect(result.diagnostics.contains("process \(getpid()) holds the store"))
        }
        #expect(try await types().isEmpty)
    }
}
