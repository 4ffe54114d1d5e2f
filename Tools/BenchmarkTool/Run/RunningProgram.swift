import Foundation

/// A started program. Its output goes to files, so that nobody has to keep reading.
final class RunningProgram {
    /// The program's name.
    let name: String

    private let process = Process()
    private let outputPath: String
    private let errorPath: String

    init(_ command: [String], name: String, folder: WorkFolder) throws {
        self.name = name
        let unique = "\(name)-\(UUID().uuidString)"
        outputPath = folder.file(unique + ".output")
        errorPath = folder.file(unique + ".errors")
        for path in [outputPath, errorPath] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: outputPath))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errorPath))
        try RunningProgram.withAllSignals { try process.run() }
    }

    /// Unblocks all signals during a call. A program inherits its parent's blocked signals, and the threads that run
    /// tasks block nearly all: pgbench, for one, would never receive the alarm that is to end it.
    private static func withAllSignals(_ body: () throws -> Void) rethrows {
        var (none, blocked) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &blocked)
        defer { pthread_sigmask(SIG_SETMASK, &blocked, nil) }
        try body()
    }

    deinit {
        end(SIGKILL)
    }

    /// How much memory it holds.
    var memory: ProcessMemory? { ProcessMemory.of(process.processIdentifier) }
    /// What it printed so far.
    var output: String { (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "" }
    /// What it wrote to standard error so far.
    var errors: String { (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? "" }

    /// Waits until it writes a line that begins with `start` to standard error, and returns the rest of that line.
    func wait(for start: String) throws -> String {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            for line in errors.split(separator: "\n") where line.hasPrefix(start) {
                return String(line.dropFirst(start.count))
            }
            guard process.isRunning else { break }
            Thread.sleep(forTimeInterval: 0.01)
        }
        throw Programs.Failed(program: name, reason: "it did not start\n\(errors)")
    }

    /// Waits for its end.
    ///
    /// - Returns: The exit code, or the signal that ended it.
    @discardableResult
    func waitForEnd() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Sends it a signal, unless it has ended, and waits for its end.
    func end(_ signal: Int32) {
        guard process.isRunning else { return }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
    }
}
