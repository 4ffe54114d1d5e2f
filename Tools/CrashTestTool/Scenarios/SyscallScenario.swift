import Foundation

/// System calls of the server fail, or kill it while they run, by strace's fault injection.
enum SyscallScenario {
    private enum Injection: CaseIterable {
        case failingSync
        case noRoom
        case killAtWrite
        case killAtSync

        /// The argument for strace, for the call with a given number.
        func argument(at call: Int) -> String {
            switch self {
            case .failingSync: "fdatasync,fsync:error=EIO:when=\(call)"
            case .noRoom: "pwrite64:error=ENOSPC:when=\(call)"
            case .killAtWrite: "pwrite64:signal=KILL:when=\(call)"
            case .killAtSync: "fdatasync,fsync:signal=KILL:when=\(call)"
            }
        }

        var name: String {
            switch self {
            case .failingSync: "failing syncs"
            case .noRoom: "writes without room"
            case .killAtWrite: "kills at a write"
            case .killAtSync: "kills at a sync"
            }
        }
    }

    static func run(_ trial: Trial, cycles: Int) async throws -> [String] {
        // Without -D, which the trials use: with it, the exit code is that of `true`, whether or not it was traced.
        let attempt = try? trial.programs.run(["strace", "-qq", "-o", "/dev/null", "true"])
        guard attempt?.exitCode == 0 else { throw Unavailable(reason: "strace is not there, or may not trace") }
        let store = trial.programs.folder + "/failed.db"
        try trial.prepare(store)
        // A tracer that injects nothing would find nothing.
        var hits: Set<Injection> = []
        for cycle in 0..<cycles {
            let injection = Injection.allCases[cycle % Injection.allCases.count]
            // The first calls belong to the opening, which may fail but has to say so.
            let call = trial.number(in: injection == .failingSync || injection == .killAtSync ? 1...30 : 1...300)
            // With -D the started process becomes the server, and strace runs as another process.
            let strace = [
                "/usr/bin/env", "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync,pwrite64",
                "-e", "inject=" + injection.argument(at: call),
            ]
            // No key is sent again before this: the failure may come at any time, and then no answer can be relied on.
            if let server = try? Server(trial.programs, store: store, launcher: strace) {
                let isHit = await disturb(trial, server, injection)
                if isHit { hits.insert(injection) }
                server.end()
            }
            trial.count(injection.name)
            let next = try Server(trial.programs, store: store)
            await trial.askAgain(next)
            next.end()
            if trial.history.violations.count > 20 { break }
        }
        // By chance, one of the ways may hit none of two dozen servers, but hardly more than one of them.
        if cycles >= 24, hits.count < Injection.allCases.count - 1 {
            trial.history.violate("strace let nothing fail but \(hits.map(\.name).joined(separator: ", "))")
        }
        return try await trial.violations(store)
    }

    /// - Returns: Whether the server refused something, or ended.
    private static func disturb(_ trial: Trial, _ server: Server, _ injection: Injection) async -> Bool {
        // Without a refusal, the failure may still be to come.
        guard await trial.load(server, answers: 300, refusals: 1) else { return !server.isRunning }
        for _ in 0..<3 {
            switch (injection, await trial.post(server)) {
            case (.failingSync, .answered): trial.history.violate("a sync failed, and the server goes on")
            case (.noRoom, .refused): trial.history.violate("there is room again, and the server does not go on")
            default: break
            }
        }
        return true
    }
}
