import Foundation

/// The programs that a run starts.
struct Programs {
    /// A program that did not do what it was started for.
    struct Failed: Error, CustomStringConvertible {
        let program: String
        let reason: String
        /// Whether something that it needs is missing (`EX_UNAVAILABLE`).
        var isUnavailable = false

        var description: String { "\(program): \(reason)" }
    }

    private let own: String
    private let binaries: String
    private let peers: String
    private let folder: WorkFolder

    init(_ folder: WorkFolder) throws {
        guard let own = Bundle.main.executablePath else {
            throw Failed(program: "benchmark", reason: "cannot tell where it was started from")
        }
        self.own = own
        binaries = (own as NSString).deletingLastPathComponent
        peers = folder.file("peers")
        self.folder = folder
    }

    /// Runs a subcommand of this program to its end.
    func subcommand(_ name: String, _ arguments: [String], core: Int? = nil) throws -> Readings {
        try finish(startSubcommand(name, arguments, core: core))
    }

    /// Runs one of the C programs, or another program in the same folder, to its end.
    func peer(_ name: String, _ arguments: [String]) throws -> Readings {
        try finish(start(peers + "/" + name, arguments, name: name, core: nil))
    }

    /// Starts a subcommand of this program.
    func startSubcommand(_ name: String, _ arguments: [String], core: Int? = nil) throws -> RunningProgram {
        try start(own, [name] + arguments, name: name, core: core)
    }

    /// Starts an executable of this package that was built into the same folder.
    func startExecutable(_ name: String, _ arguments: [String], core: Int? = nil) throws -> RunningProgram {
        try start(binaries + "/" + name, arguments, name: name, core: core)
    }

    private func start(_ path: String, _ arguments: [String], name: String, core: Int?) throws -> RunningProgram {
        var command = [path] + arguments
        if let core { command = ["/usr/bin/taskset", "-c", "\(core)"] + command }
        return try RunningProgram(command, name: name, folder: folder)
    }

    private func finish(_ program: RunningProgram) throws -> Readings {
        let status = program.waitForEnd()
        guard status == 0 else {
            let reason = program.errors.trimmingCharacters(in: .whitespacesAndNewlines)
            throw Failed(program: program.name, reason: reason, isUnavailable: status == 69)
        }
        return Readings(program.output)
    }
}
