import EventLedger
import Foundation
import Testing

@Suite("An import that is interrupted")
struct InterruptedImportTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("says what to do, and what was stored makes no second event then", arguments: [SIGINT, SIGTERM, SIGHUP])
    func stopped(number: Int32) async throws {
        try await folder.filling { _, _ in }
        let lines = (0...Limits.batchEvents).map {
            "{\"event_type\":\"t\",\"email\":\"ann@example.com\",\"idempotency_key\":\"k-\($0)\"}\n"
        }
        let (input, diagnostics) = (Pipe(), Pipe())
        let process = Process()
        process.executableURL = AdminTool.executable
        process.arguments = ["import", "-", "--store", folder.store]
        (process.standardInput, process.standardError) = (input, diagnostics)
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(lines.joined().utf8))
        // The first batch is stored; the last line waits for more lines.
        while process.isRunning, try await count() == 0 { await Task.yield() }
        kill(process.processIdentifier, number)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 128 + number)
        let said = String(decoding: try diagnostics.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        #expect(
            said
                == "store-admin: the import was interrupted; run it again, and what was stored already makes no second event\n"
        )

        let again = try await AdminTool.run(
            ["import", "-"],
            store: folder.store,
            in: folder,
            input: lines.joined()
        )
        #expect(again.exitCode == 0)
        #expect(again.diagnostics == "1 accepted, \(Limits.batchEvents) replayed, 0 rejected\n")
        #expect(try await count() == lines.count)
    }

    private func count() async throws -> Int {
        let reader = try await SQLiteEventReader.open(at: folder.store)
        let events = try await reader.status().events
        await reader.close()
        return Int(events)
    }
}
