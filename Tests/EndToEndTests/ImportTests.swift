import Foundation
import Testing

@Suite("Import and export")
struct ImportTests {
    @Test("an import goes through the server that holds the store, and leaves nothing twice")
    func throughTheServer() async throws {
        let folder = try StoreFolder()
        let server = try await ServerProcess(folder)
        // More than one batch.
        let lines = (0..<1_500).map { number in
            #"{"event_type":"order","email":"ann@example.com","event_time":"2024-01-15T10:30:00Z","#
                + #""event_data":{ "n":1.0 },"idempotency_key":"k\#(number)"}"#
        }
        let file = folder.path + "/events.ndjson"
        try (lines.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        for _ in 0..<2 {
            #expect(try await folder.admin("import", file).exitCode == 0)
            let exported = try await folder.admin("export")
            #expect(exported.exitCode == 0)
            #expect(exported.output == lines.joined(separator: "\n"))
        }
        #expect(await server.stop() == 0)
        // Once more without the server.
        #expect(try await folder.admin("import", file).exitCode == 0)
        #expect(try await folder.admin("export").output == lines.joined(separator: "\n"))
        #expect(try await folder.admin("verify").exitCode == 0)
    }
}
