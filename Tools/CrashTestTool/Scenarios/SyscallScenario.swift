import Foundation

/// System calls of the server fail, or kill it in their middle, by strace's fault injection.
enum SyscallScenario {
    private enum Injection: CaseIterable {
        case failingSync
        case noRoom
        case killAtWrite
        case killAtSync

        /// What strace is told, for the call of a number.
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
        // Not with -D, as the trials have it: it ends as `true` does, whether that was traced or not.
        let attempt = try? trial.programs.run(["strace", "-qq", "-o", "/dev/null", "true"])
        guard attempt?.exitCode == 0 else { throw Unavailable(reason: "strace is not there, or may not trace") }
        let store = trial.programs.folder + "/failed.db"
        try trial.prepare(store)
        // A tracer that changes nothing would find nothing.
        var hits: Set<Injection> = []
        for cycle in 0..<cycles {
            let injection = Injection.allCases[cycle % Injection.allCases.count]
            // The first calls belong to the opening, which may fail, and has to say so.
            let call = trial.number(in: injection == .failingSync || injection == .killAtSync ? 1...30 : 1...300)
            // With -D the process that is started becomes the server, and strace is another one.
            let strace = [
                "/usr/bin/env", "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync,pwrite64",
                "-e", "inject=" + injection.argument(at: call),
            ]
            // Nothing is asked again before: the failure may come at any time, and nobody can rely on an answer then.
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
        // Of two dozen servers none may be hit in one of the ways by chance, but hardly in more than one.
        if cycles >= 24, hits.count < Injection.allCases.count - 1 {
            trial.history.violate("strace let nothing fail but \(hits.map(\.name).joined(separator: ", "))")
        }
        return try await trial.violations(store)
    }

    /// - Returns: Whether the server refused something, or ended.
    private static func disturb(_ trial: Trial, _ server: Server, _ injection: Injection) async -> Bool {
        // Without a refusal the failure may be still to come.
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
