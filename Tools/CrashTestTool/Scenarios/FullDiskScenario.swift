import Foundation

/// The disk fills up and is emptied again while clients post; in between, the server is also killed.
enum FullDiskScenario {
    static func run(_ trial: Trial, cycles: Int) async throws -> [String] {
        let programs = trial.programs
        let disk = programs.folder + "/small-disk"
        try programs.require(["mkdir", "-p", disk])
        guard try programs.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk]).exitCode == 0 else {
            throw Unavailable(reason: "this user may not mount a small file system")
        }
        defer { _ = try? programs.run(["umount", "-l", disk]) }
        let store = disk + "/events.db"
        let ballast = disk + "/ballast"
        try trial.prepare(store)
        for cycle in 0..<cycles {
            let server = try Server(programs, store: store)
            await trial.askAgain(server)
            // Fills all but a few pages.
            _ = try programs.run(["dd", "if=/dev/zero", "of=" + ballast, "bs=4096"])
            try programs.require(["truncate", "-s", "-\(4_096 * trial.number(in: 0...200))", ballast])
            let isRefused = await trial.load(server, answers: 20_000, refusals: 20)
            if !isRefused { trial.history.violate("a full disk refused nothing") }
            trial.count("full disks")
            if cycle % 2 == 0 { server.end() }
            try programs.require(["rm", ballast])
            let next = cycle % 2 == 0 ? try Server(programs, store: store) : server
            await trial.askAgain(next)
            if case .answered = await trial.post(next) {
            } else {
                trial.history.violate("there is room again, and the server does not go on")
            }
            next.end()
        }
        return try await trial.violations(store)
    }
}
