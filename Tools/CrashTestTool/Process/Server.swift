import Foundation

/// A running `ingest-server`, started directly or through another program.
final class Server {
    let endpoint: Endpoint
    private let process: Process
    private let logPath: String

    /// Starts the server and waits until it says where it listens.
    ///
    /// - Parameter launcher: A program that turns into the server, and its arguments, such as `strace -D`.
    init(_ programs: Programs, store: String, launcher: [String] = []) throws {
        let process = Process()
        let command =
            launcher + [
                programs.server, "--store", store, "--port", "0", "--log-level", "trace", "--access-log", "on",
            ]
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let logPath = programs.folder + "/server-\(UUID().uuidString).txt"
        guard FileManager.default.createFile(atPath: logPath, contents: nil) else {
            throw Failed("cannot write \(logPath)")
        }
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: logPath))
        self.process = process
        self.logPath = logPath
        try process.run()
        var found: String?
        let deadline = ContinuousClock.now + .seconds(60)
        while found == nil, process.isRunning, ContinuousClock.now < deadline {
            found = Server.address(in: logPath)
            if found == nil { Thread.sleep(forTimeInterval: 0.002) }
        }
        guard let url = found ?? Server.address(in: logPath) else {
            let words = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            throw Failed("the server did not start: \(words)")
        }
        endpoint = Endpoint(url: url)
    }

    deinit {
        if process.isRunning { end() }
        endpoint.close()
        try? FileManager.default.removeItem(atPath: logPath)
    }

    /// What went wrong with a program.
    struct Failed: Error, CustomStringConvertible {
        var description: String

        init(_ description: String) {
            self.description = description
        }
    }

    private static func address(in log: String) -> String? {
        guard let text = try? String(contentsOfFile: log, encoding: .utf8) else { return nil }
        return text.firstMatch(of: /listening on (http:\S+)\n/).map { String($0.1) }
    }

    var isRunning: Bool { process.isRunning }
    var processID: Int32 { process.processIdentifier }

    /// Kills the server, and waits until it is gone.
    func end() {
        if process.isRunning { kill(processID, SIGKILL) }
        process.waitUntilExit()
        LogCheck.look(at: logPath)
    }

    /// Asks the server to stop.
    ///
    /// - Returns: Its exit code.
    func stop() -> Int32 {
        if process.isRunning { kill(processID, SIGTERM) }
        process.waitUntilExit()
        LogCheck.look(at: logPath)
        return process.terminationStatus
    }
}
