import ArgumentParser
import Foundation

/// What `Tools/crash-test` builds and runs: the real server, killed and made to fail in every way that this machine
/// can, and checked against what its clients were told.
@main
struct CrashTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crashtest",
        abstract: "Kills the server, fails its disk and cuts its power, and looks whether it keeps its promises."
    )

    enum Scenario: String, CaseIterable, ExpressibleByArgument {
        case kill
        case syscalls
        case fullDisk = "full-disk"
        case power
    }

    @Option(help: "What to try: kill, syscalls, full-disk, power.")
    var scenario: Scenario

    @Option(help: "How often.")
    var cycles = 200

    @Option(help: "How many clients post at the same time.")
    var clients = 24

    @Option(help: "A number that makes the moments of the kills; a random one by default.")
    var seed: UInt64 = .random(in: 1..<1 << 48)

    @Option(help: "A folder for stores and logs.")
    var folder: String

    @Option(help: "The file with the plugin for nbdkit; for power only.")
    var plugin = ""

    func run() async throws {
        print("\(scenario.rawValue): seed \(seed)")
        let trial = try Trial(programs: Programs(folder: folder), clientCount: clients, seed: seed)
        let begin = ContinuousClock.now
        let violations: [String]
        do {
            violations =
                switch scenario {
                case .kill: try await KillScenario.run(trial, cycles: cycles)
                case .syscalls: try await SyscallScenario.run(trial, cycles: cycles)
                case .fullDisk: try await FullDiskScenario.run(trial, cycles: cycles)
                case .power: try await PowerScenario.run(trial, cycles: cycles, plugin: plugin)
                }
        } catch let unavailable as Unavailable {
            print("\(scenario.rawValue): skipped, since \(unavailable.reason)")
            return
        }
        let seconds = (ContinuousClock.now - begin).components.seconds
        print("\(scenario.rawValue): \(trial.summary), \(violations.count) violations, \(seconds) s")
        for violation in violations.prefix(20) { print("  " + violation) }
        if !violations.isEmpty {
            print("repeat with: Tools/crash-test --only \(scenario.rawValue) --seed \(seed)")
            throw ExitCode.failure
        }
    }
}

/// This machine lacks what a scenario needs.
struct Unavailable: Error {
    var reason: String
}
