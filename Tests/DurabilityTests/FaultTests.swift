import SQLite
import SimulatedDisk
import TestSupport
import Testing

@testable import EventLedger

@Suite("When something goes wrong", .serialized)
struct FaultTests {
    /// Short enough to be run once for every call and every allocation in it.
    private static func workload(_ fault: Fault, _ seed: UInt64) -> Workload {
        if case .memory = fault { return seed == 0 ? .briefest : Workload(seed: seed, steps: 2) }
        // There are few syncs, so more steps can be tried, including the syncs of checkpoints.
        if fault.isFailingSync { return seed == 0 ? .small : Workload(seed: seed, steps: 30) }
        return seed == 0 ? .smallest : Workload(seed: seed, steps: 12)
    }

    @Test(
        "whichever call or allocation it hits, nothing acknowledged is lost and nothing is there twice",
        arguments: Fault.tried
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
            // The first workload has covered the calls that all workloads have in common.
            let first = number == 0 ? 0 : run.opportunitiesOfOpening
            print("\(fault), seed \(seed): \(opportunities - first) places")
            var violations: [String] = []
            for call in first..<opportunities where violations.count < 10 {
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

/// SQLite writes the end of a transaction to the log, syncs it, and only then records its pages in the log's index. If
/// the index has to grow for it, the commit can fail although the whole transaction is on the disk.
@Suite("When the log's index cannot grow", .serialized)
struct LogIndexTests {
    /// The first part of the index has room for 4,062 pages (https://www.sqlite.org/walformat.html).
    private static let pagesOfFirstPart: Int32 = 4_062

    @Test(
        "a transaction that is refused is not brought back by a crash",
        arguments: [
            Fault.disk(SIMULATED_FAULT_FULL, isSticky: false), .disk(SIMULATED_FAULT_FULL, isSticky: true),
            .memory(isSticky: false), .memory(isSticky: true),
        ]
    )
    func growth(fault: Fault) throws {
        let opportunities = try run(fault, at: nil)
        var hits: UInt64 = 0
        // The index grows at the end of the transaction, after which the log is copied.
        for call in (opportunities - min(opportunities, 16))..<opportunities {
            do {
                hits += try run(fault, at: call)
            } catch {
                Issue.record("\(fault) at \(call) of \(opportunities): \(error)")
            }
        }
        #expect(hits > 0, "none of them came after the end of the transaction had got to the log")
    }

    /// - Returns: Without a fault, how many calls or allocations of the transaction it could have hit; with a fault, 1
    ///   if the transaction failed although all of it is in the log.
    @discardableResult
    private func run(_ fault: Fault, at call: UInt64?) throws -> UInt64 {
        let (disk, clock) = (Disk(), Clock())
        var maker = WorkloadMaker(seed: 3)
        var model = Model()
        let (first, refused, next) = (maker.draft(of: 1), maker.newKeys(9), maker.draft(of: 1))
        let store = try SimulatedStore(on: disk, clock)
        #expect(store.run([.ingest(first)]) == [model.apply(.ingest(first), at: clock.now)])
        try store.fillLog(to: Self.pagesOfFirstPart - 3)
        let chances = fault.chances(on: disk)
        if let call { fault.arm(disk, at: call) }
        let ends = try #require(store.logEnds)
        let answers = store.run([.ingestMany(refused)])
        fault.mend(disk)
        guard call != nil else {
            try #require(store.logPages > Self.pagesOfFirstPart, "the transaction does not reach the second part")
            return fault.chances(on: disk) - chances
        }
        var stored = model
        let expected = stored.apply(.ingestMany(refused), at: clock.now)
        if answers == [expected] { model = stored }
        let candidates = store.refusal == nil ? [model] : [model, stored]
        for crash in [SIMULATED_CRASH_PROCESS_KILL, SIMULATED_CRASH_POWER_CUT_DROPPING_ALL] {
            let copy = Disk()
            copy.become(disk, after: crash, seed: 1)
            try Oracle.check(copy, clock, isOneOf: candidates)
        }
        // A lack of room is no reason for the store to stop.
        if case .disk(_, isSticky: false) = fault { #expect(store.refusal == nil) }
        if store.refusal == nil {
            #expect(store.run([.ingest(next)]) == [model.apply(.ingest(next), at: clock.now)])
        }
        return answers != [expected] && store.logEnds?.hasNew(since: ends) == true ? 1 : 0
    }
}

/// With one of the rules left out, the tests have to find something: this shows that they would notice its absence.
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

    /// In how many places a failing sync leads to a broken promise.
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
