import Foundation
import Testing

@Suite("The README")
struct ReadmeTests {
    private let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("its example of embedding the library is the one that is compiled here")
    func exampleIsCompiled() throws {
        let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let source = try String(
            contentsOf: root.appendingPathComponent("Tests/EndToEndTests/EmbeddingExample.swift"),
            encoding: .utf8
        )
        let example = try #require(source.components(separatedBy: "// README: begin\n").last)
            .components(separatedBy: "// README: end").first
        #expect(readme.contains("```swift\n\(try #require(example))```"))
    }

    @Test("its example does what it says")
    func exampleRuns() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("readme-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let result = try await embeddingExample(storePath: folder.appendingPathComponent("events.db").path)
        #expect(result == #"1 event, {"order_id":"1001","total":99.90}"#)
    }

    @Test("its first steps can be pasted all at once")
    func firstSteps() async throws {
        let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let section = try #require(readme.components(separatedBy: "## Five minutes to the first event\n").last)
        let steps = try #require(section.components(separatedBy: "\n## ").first)
            .components(separatedBy: "\n")
            .filter { $0.hasPrefix("    ") && !$0.contains("Tools/build") }
        #expect(steps.count == 3)
        let folder = try StoreFolder()
        let script = (["set -e"] + steps + ["kill $!", "wait $! || true", "test -n \"$TOKEN\""]).joined(separator: "\n")
        #expect(try await folder.shell(script, environment: ["INGEST_PORT": "0"]) == 0)
        let tokens = try await folder.admin("token", "list", "--format", "csv")
        #expect(tokens.output.contains("events_write events_read"))
    }

    @Test("every tool and every path that it names is there")
    func pathsExist() throws {
        let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let named = readme.matches(of: /(?:Tools|Migrations|Sources|Tests)\/[A-Za-z0-9_\-\/\.]*[A-Za-z0-9]/).map {
            String($0.output)
        }
        #expect(!named.isEmpty)
        for path in Set(named) {
            #expect(FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path), "\(path)")
        }
    }
}
