import Foundation
import Testing

/// The result of a run of the built tool.
struct ToolResult: Sendable {
    var output: [UInt8]
    var diagnostics: String
    var exitCode: Int32

    var text: String { String(decoding: output, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) }

    /// The result's JSON document.
    func json() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(output)) as? [String: Any])
    }

    /// The rows of a listing's JSON document.
    func rows() throws -> [[String: Any]] {
        try #require(try json()["data"] as? [[String: Any]])
    }
}

/// The built `store-admin`, run as a process.
enum AdminTool {
    /// The executable beside that of the tests.
    static let executable: URL = {
        let name = "store-admin"
        #if os(Linux)
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        #else
        let own = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL ?? Bundle.main.bundleURL
        #endif
        return own.deletingLastPathComponent().appendingPathComponent(name)
    }()

    /// Runs the tool to its end.
    ///
    /// Its streams go to files, so that no amount of output can fill a pipe that nobody reads yet.
    ///
    /// - Parameters:
    ///   - store: The store for `EVENT_STORE`; nil leaves the variable out.
    ///   - input: What it reads from standard input.
    ///   - output: Where results go, if not to a file that is read back.
    static func run(
        _ arguments: [String],
        store: String? = nil,
        in folder: TemporaryFolder,
        input: String? = nil,
        output: FileHandle? = nil
    ) async throws -> ToolResult {
        let outputFile = try folder.newFile()
        let diagnosticsFile = try folder.newFile()
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = folder.url
        var environment = ProcessInfo.processInfo.environment
        environment["EVENT_STORE"] = store
        process.environment = environment
        if let input {
            let inputFile = try folder.newFile()
            try Data(input.utf8).write(to: inputFile)
            process.standardInput = try FileHandle(forReadingFrom: inputFile)
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        let outputHandle = try FileHandle(forWritingTo: outputFile)
        let diagnosticsHandle = try FileHandle(forWritingTo: diagnosticsFile)
        process.standardOutput = output ?? outputHandle
        process.standardError = diagnosticsHandle
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        try outputHandle.close()
        try diagnosticsHandle.close()
        #expect(process.terminationReason == .exit, "the tool must end by itself")
        return ToolResult(
            output: Array(try Data(contentsOf: outputFile)),
            diagnostics: String(decoding: try Data(contentsOf: diagnosticsFile), as: UTF8.self),
            exitCode: process.terminationStatus
        )
    }
}
