import Foundation
import SimulatedDisk
import TestSupport
import Testing

@testable import EventLedger

/// How much is tried, and from which seed; `Tools/crash-test` says how to set it.
enum Effort {
    static func number(_ name: String, or standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
    }

    /// The number of power cuts in a run.
    static let powerCuts = number("DURABILITY_POWER_CUTS", or: 20_000)
    /// The number of workloads under which every fault is tried.
    static let faultSeeds = number("DURABILITY_FAULT_SEEDS", or: 1)
    /// The one kind of fault to try, by its description, such as `no memory, for good`; if unset, all of them.
    static let faults = ProcessInfo.processInfo.environment["DURABILITY_FAULTS"]
    /// The seed of a run, from which all others are derived.
    static let seed: UInt64 =
        ProcessInfo.processInfo.environment["DURABILITY_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1..<1 << 48)

    /// The seed of the damage tests. It is the same each time unless one is given: a failure there ends the whole run,
    /// and an old fault in handling damaged files must not block an unrelated change.
    static let damageSeed: UInt64 = ProcessInfo.processInfo.environment["DURABILITY_SEED"] == nil ? 1 : seed

    /// One command that repeats a run.
    static let repetition = "DURABILITY_SEED=\(seed) swift test --disable-xctest --no-parallel --filter DurabilityTests"
}

@Suite("When the power fails", .serialized)
struct PowerCutTests {
    @Test("every moment of a small workload leaves a store that keeps its promises")
    func everyMoment() throws {
        let run = CrashRun(seed: 1) { _ in CrashKind.allCases }
        try run.run(.small)
        print("power cuts at each of \(run.changes) changes: \(run.powerCuts), and \(run.kills) kills")
        #expect(run.violations.isEmpty, "\(run.violations.joined(separator: "\n"))")
        #expect(run.powerCuts == 5 * Int(run.changes) && run.changes > 200)
    }

    @Test("so do moments of larger workloads, picked at random")
    func atRandom() throws {
        print("seed \(Effort.seed); repeat with: \(Effort.repetition)")
        var random = SeededGenerator(seed: Effort.seed)
        var cuts = 0
        var kills = 0
        while cuts < Effort.powerCuts {
            let seed = random.next()
            var choice = SeededGenerator(seed: seed)
            let run = CrashRun(seed: seed) { _ in
                choice.next() % 3 == 0 ? [CrashKind.allCases.randomElement(using: &choice)!] : []
            }
            try run.run(Workload(seed: seed, steps: 40))
            cuts += run.powerCuts
            kills += run.kills
            try #require(run.violations.isEmpty, "\(run.violations.joined(separator: "\n"))\n\(Effort.repetition)")
        }
        print("power cuts at random: \(cuts), and \(kills) kills")
    }
}
