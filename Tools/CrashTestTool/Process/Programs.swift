import Foundation

/// The programs that are tested, and the folder for what they write.
struct Programs {
    let server: String
    let admin: String
    /// Where logs go; the store may be elsewhere.
    let folder: String

    init(folder: String) throws {
        guard let own = Bundle.main.executablePath else { throw Server.Failed("cannot tell where this program is") }
        let binaries = (own as NSString).deletingLastPathComponent
        server = binaries + "/ingest-server"
        admin = binaries + "/store-admin"
        self.folder = folder
    }

    /// Runs a program to its end.
    ///
    /// - Returns: What it wrote to standard output and standard error, and its exit code.
    @discardableResult
    func run(_ command: [String], input: String? = nil) throws -> (output: String, errors: String, exitCode: Int32) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        let paths = ["output", "errors"].map { folder + "/\($0)-\(UUID().uuidString).txt" }
        defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
        for path in paths { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[0]))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[1]))
        try process.run()
        process.waitUntilExit()
        let texts = try paths.map { try String(contentsOfFile: $0, encoding: .utf8) }
        return (texts[0], texts[1], process.terminationStatus)
    }

    /// Runs a program that has to succeed.
    @discardableResult
    func require(_ command: [String]) throws -> String {
        let result = try run(command)
        guard result.exitCode == 0 else {
            throw Server.Failed("\(command.joined(separator: " ")) failed: \(result.errors)\(result.output)")
        }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Creates a store, and a token that may post and read.
    func makeStore(_ store: String) throws -> String {
        try require([admin, "init", "--store", store])
        return try require([
            admin, "token", "create", "--store", store, "--scope", "events_write", "--scope", "events_read",
        ])
    }
}
