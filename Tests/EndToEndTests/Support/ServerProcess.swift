import Foundation
import Synchronization
import Testing

/// The folder of the built executables, which is also that of the tests.
private let binaries: URL = {
    #if os(Linux)
    let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    #else
    let own = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL ?? Bundle.main.bundleURL
    #endif
    return own.deletingLastPathComponent()
}()

/// A folder with a store in it, which is removed when the test releases it.
final class StoreFolder: Sendable {
    /// Where the store is.
    let path: String
    /// Where the outputs of tools go; never on the disk that is filled up.
    private let outputs: String
    var store: String { path + "/events.db" }

    init(on disk: String? = nil) throws {
        // The name is short: the path of a Unix socket in it must fit in about a hundred bytes.
        let name = "ee-" + String(UInt64.random(in: .min ... .max), radix: 36)
        outputs = FileManager.default.temporaryDirectory.path + "/" + name
        try FileManager.default.createDirectory(atPath: outputs, withIntermediateDirectories: true)
        path = disk ?? outputs
    }

    deinit { try? FileManager.default.removeItem(atPath: outputs) }

    /// Runs the admin tool on the store.
    ///
    /// - Returns: Its standard output without the last line break, and its exit code.
    func admin(_ arguments: String...) async throws -> (output: String, exitCode: Int32) {
        let output = URL(fileURLWithPath: outputs + "/output-\(UUID().uuidString)")
        #expect(FileManager.default.createFile(atPath: output.path, contents: nil))
        let process = Process()
        process.executableURL = binaries.appendingPathComponent("store-admin")
        process.arguments = arguments + ["--store", store]
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        try await run(process)
        let text = try String(contentsOf: output, encoding: .utf8)
        return (text.hasSuffix("\n") ? String(text.dropLast()) : text, process.terminationStatus)
    }

    /// Runs a shell script in the folder, with the built executables on its path.
    ///
    /// - Returns: Its exit code.
    func shell(_ script: String, environment: [String: String]) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script]
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.environment?["PATH", default: ""] += ":" + binaries.path
        process.standardError = FileHandle.nullDevice
        try await run(process)
        return process.terminationStatus
    }

    /// Creates a token with every scope.
    func token() async throws -> String {
        try await admin(
            "token",
            "create",
            "--scope",
            "events_write",
            "--scope",
            "events_read",
            "--scope",
            "contacts_read"
        ).output
    }
}

/// A running `ingest-server` on a free port.
final class ServerProcess: Sendable {
    let url: String
    private let process: RunningProcess
    private let lines: AsyncStream<String>

    /// Starts the server and returns once it says that it listens.
    ///
    /// - Parameter limit: The arguments of `ulimit`, such as `-Sn 100`.
    init(_ folder: StoreFolder, limit: String? = nil, _ arguments: String...) async throws {
        let process = Process()
        let log = Pipe()
        let server = binaries.appendingPathComponent("ingest-server")
        let arguments = ["--store", folder.store, "--port", "0"] + arguments
        process.executableURL = limit == nil ? server : URL(fileURLWithPath: "/bin/sh")
        process.arguments =
            limit.map { ["-c", "ulimit \($0); exec \"$0\" \"$@\"", server.path] + arguments } ?? arguments
        process.standardError = log
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        let reading = LineReading(continuation)
        // The log is read to its end, so that the server never blocks on a full pipe.
        log.fileHandleForReading.readabilityHandler = { reading.take($0.availableData) }
        self.process = RunningProcess(process)
        self.lines = lines
        try process.run()
        var ready: String?
        for await line in lines where line.hasPrefix("listening on ") {
            ready = String(line.dropFirst("listening on ".count))
            break
        }
        url = try #require(ready, "the server ended before it was ready")
    }

    deinit { process.signal(SIGKILL) }

    /// Sends the server SIGHUP, which says that files have changed.
    func hangUp() { process.signal(SIGHUP) }

    /// Waits for a line of the log that contains a text.
    ///
    /// - Returns: Whether it came before the end of the log.
    func logs(_ text: String) async -> Bool {
        for await line in lines where line.contains(text) { return true }
        return false
    }

    /// Kills the server, as a crash does.
    func kill() async {
        process.signal(SIGKILL)
        _ = await process.end()
    }

    /// Asks the server to stop.
    ///
    /// - Returns: Its exit code.
    func stop() async -> Int32 {
        process.signal(SIGTERM)
        return await process.end()
    }
}

/// Splits the input into lines.
private final class LineReading: Sendable {
    private let continuation: AsyncStream<String>.Continuation
    private let rest = Mutex<[UInt8]>([])

    init(_ continuation: AsyncStream<String>.Continuation) {
        self.continuation = continuation
    }

    func take(_ data: Data) {
        guard !data.isEmpty else {
            continuation.finish()
            return
        }
        rest.withLock { rest in
            rest += data
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                continuation.yield(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeSubrange(...end)
            }
        }
    }
}

/// A process and its end, for any number of waiters.
private final class RunningProcess: @unchecked Sendable {
    // Unchecked: the process is started before it is shared. Afterwards only its number and its end are read, which
    // Foundation allows from any thread.
    private let process: Process
    private let ended: AsyncStream<Int32>

    init(_ process: Process) {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { process in
            continuation.yield(process.terminationStatus)
            continuation.finish()
        }
        self.process = process
        self.ended = stream
    }

    func signal(_ number: Int32) {
        if process.isRunning { _ = Foundation.kill(process.processIdentifier, number) }
    }

    func end() async -> Int32 {
        for await status in ended { return status }
        // A cancelled task does not wait, and a running process has no status to read.
        return process.isRunning ? -1 : process.terminationStatus
    }
}

/// Runs a process to its end.
private func run(_ process: Process) async throws {
    let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
    process.terminationHandler = { _ in continuation.finish() }
    try process.run()
    for await _ in ended {}
}
