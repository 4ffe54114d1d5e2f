import SimulatedDisk
import TestSupport
import Testing

@testable import EventLedger

@Suite("When something goes wrong", .serialized)
struct FaultTests {
    /// Short enough to be run once for every call and every allocation in it.
    private static func workload(_ fault: Fault, _ seed: UInt64) -> Workload {
        if case .memory = fault { return seed == 0 ? .briefest : Workload(seed: seed, steps: 2) }
        // There are few syncs, so more of them can be tried, those of checkpoints included.
        if fault.isFailingSync { return seed == 0 ? .small : Workload(seed: seed, steps: 30) }
        return seed == 0 ? .smallest : Workload(seed: seed, steps: 6)
    }

    @Test(
        "whichever call or allocation it hits, nothing acknowledged is lost and nothing is there twice",
        arguments: Fault.all
    )
    func everyOpportunity(fault: Fault) throws {
        var random = SeededGenerator(seed: Effort.seed)
        var runs = 0
        for number in 0..<Effort.faultSeeds {
            let seed = number == 0 ? 0 : random.next()
            let workload = Self.workload(fault, seed)
            let run = FaultRun()
            try run.run(workload, fault, at: nil)
            let opportunities = run.opportunities
            print("\(fault), seed \(seed): \(opportunities) places")
            var violations: [String] = []
            for call in 0..<opportunities where violations.count < 10 {
                do {
                    try run.run(workload, fault, at: call)
                } catch {
                    violations.append("\(fault) at \(call) of \(opportunities), seed \(seed): \(error)")
                }
                runs += 1
            }
            try #require(violations.isEmpty, "\(violations.joined(separator: "\n"))\n\(Effort.repetition)")
            #expect(opportunities > 10)
        }
        print("\(fault): \(runs) runs")
    }
}

@Suite("When the writer has lost its footing", .serialized)
struct WriterStopTests {
    @Test("a transaction that is still open after an error stops the store, and reopening it makes it whole")
    func openTransaction() throws {
        let disk = Disk()
        let clock = Clock()
        var maker = WorkloadMaker(seed: 1)
        var model = Model()
        let (first, second, third) = (maker.draft(of: 1), maker.draft(of: 1), maker.draft(of: 1))
        do {
            let store = try SimulatedStore(on: disk, clock)
            #expect(store.run([.ingest(first)]) == [model.apply(.ingest(first), at: clock.now)])
            try store.leaveTransactionOpen()
            #expect(store.run([.ingest(second)]).allSatisfy { $0.allSatisfy(\.isFailure) })
            #expect(store.refusal != nil)
            #expect(store.run([.ingest(third)]).allSatisfy { $0.allSatisfy(\.isFailure) })
        }
        try Oracle.check(disk, clock, isOneOf: [model])
    }
}

/// Without one of the rules, the tests have to find something: they would notice if it was missing.
@Suite("Controls that have to fail", .serialized)
struct ControlTests {
    @Test("a disk that lies about its syncs is found out")
    func lyingSync() throws {
        let run = CrashRun(seed: 1) { _ in [.cutDroppingAll] }
        try run.run(.small, lyingSync: true, stopsAtFirst: true)
        #expect(!run.violations.isEmpty)
    }

    @Test("synchronous=NORMAL is found out")
    func normalSynchronization() throws {
        let run = CrashRun(seed: 1, opening: .withNormalSynchronization) { _ in [.cutDroppingAll] }
        try run.run(.small, stopsAtFirst: true)
        #expect(!run.violations.isEmpty)
    }

    @Test(
        "an opening without a checkpoint, or without an epoch, is found out",
        arguments: [Opening.withoutCheckpoint, .withoutEpoch]
    )
    func opening(_ opening: Opening) throws {
        #expect(try failingSyncs(.real) == 0)
        #expect(try failingSyncs(opening) > 0)
    }

    /// In how many places a failing sync leads to a promise that is broken.
    private func failingSyncs(_ opening: Opening) throws -> Int {
        let fault = Fault.disk(SIMULATED_FAULT_FAILING_SYNC, isSticky: false)
        let run = FaultRun(opening: opening)
        try run.run(.small, fault, at: nil)
        return (0..<run.opportunities).count { call in
            do {
                try run.run(.small, fault, at: call)
                return false
            } catch {
                return true
            }
        }
    }
}
