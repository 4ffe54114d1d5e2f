import Foundation

/// The server is repeatedly killed under load, and its successor is asked for everything that was sent.
enum KillScenario {
    static func run(_ trial: Trial, cycles: Int) async throws -> [String] {
        let store = trial.programs.folder + "/killed.db"
        try trial.prepare(store)
        for _ in 0..<cycles {
            let server = try Server(trial.programs, store: store)
            await trial.askAgain(server)
            let process = server.processID
            await trial.load(server, until: trial.number(in: 0...150)) { kill(process, SIGKILL) }
            server.end()
            trial.count("kills")
            if trial.history.violations.count > 20 { break }
        }
        return try await trial.violations(store)
    }
}
