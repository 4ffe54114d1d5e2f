import EventModel
import SimulatedDisk
import TestSupport

@testable import EventLedger

/// How the processes that use a store end, and what happens before the store is checked.
enum CrashKind: CaseIterable {
    /// The power fails.
    case cutDroppingAll
    case cutKeepingPrefix
    case cutAtRandom
    /// The process dies.
    case kill
    /// The process dies, the next one answers what the first one left open, and then the power fails. The state from
    /// which the second process answered must not be lost.
    case killThenCut
    /// The power fails, and again while the next process opens the store.
    case cutInRecovery

    var isPowerCut: Bool { self != .kill }
}

/// Runs a workload, and checks at many points what a crash would leave. The workload itself goes on: each crash happens
/// to a copy of the disk.
final class CrashRun {
    private let disk = Disk()
    private let next = Disk()
    private let last = Disk()
    private let clock = Clock()
    private let opening: Opening
    /// Which crashes to check before a given change of the disk.
    private let plan: (_ change: UInt64) -> [CrashKind]
    private let seed: UInt64

    /// What was acknowledged, and what else the store may hold if the step in progress took effect.
    private var acknowledged = Model()
    private var pending: Model?
    private var requests: [Request] = []

    private(set) var powerCuts = 0
    private(set) var kills = 0
    private(set) var violations: [String] = []

    init(seed: UInt64, opening: Opening = .real, plan: @escaping (UInt64) -> [CrashKind]) {
        self.seed = seed
        self.opening = opening
        self.plan = plan
    }

    /// How often the disk was changed.
    var changes: UInt64 { disk.changes }

    /// Runs the workload until it ends or too many violations were found.
    func run(_ workload: Workload, lyingSync: Bool = false, stopsAtFirst: Bool = false) throws {
        simulated_random_seed(Int32(truncatingIfNeeded: seed | 1))
        disk.prepare(isPowersafe: seed % 4 != 0)
        if lyingSync { disk.fail(SIMULATED_FAULT_LYING_SYNC, at: 0, isSticky: true) }
        disk.beforeChanges { [unowned self] in
            if !stopsAtFirst || violations.isEmpty { lookAtCrashes() }
        }
        defer { disk.beforeChanges(nil) }
        var store: SimulatedStore? = try SimulatedStore(on: disk, clock, opening)
        for step in workload.steps where violations.count < (stopsAtFirst ? 1 : 10) {
            clock.now += Workload.interval
            switch step {
            case .transaction(let requests): try transact(requests, store)
            case .background: store?.workInBackground()
            case .reopen:
                store?.close()
                store = nil
                store = try SimulatedStore(on: disk, clock, opening)
            case .restart:
                store = nil
                store = try SimulatedStore(on: disk, clock, opening)
            }
        }
    }

    private func transact(_ requests: [Request], _ store: SimulatedStore?) throws {
        var model = acknowledged
        let expected = requests.map { model.apply($0, at: clock.now) }
        pending = model
        self.requests = requests
        let answers = store?.run(requests)
        acknowledged = model
        pending = nil
        self.requests = []
        if answers != expected { violations.append("seed \(seed): answered \(answers ?? []) in place of \(expected)") }
    }

    // MARK: Crashes

    private func lookAtCrashes() {
        let change = disk.changes
        for kind in plan(change) {
            if kind.isPowerCut { powerCuts += 1 } else { kills += 1 }
            do {
                try look(at: kind, mixing(change))
            } catch {
                violations.append("seed \(seed), \(kind) before change \(change) of the disk: \(error)")
            }
        }
    }

    private func mixing(_ change: UInt64) -> UInt64 {
        var generator = SeededGenerator(seed: seed ^ (change &* 0x9E37_79B9_7F4A_7C15))
        return generator.next()
    }

    private var candidates: [Model] { [acknowledged] + (pending.map { [$0] } ?? []) }

    private func look(at kind: CrashKind, _ seed: UInt64) throws {
        switch kind {
        case .kill: next.become(disk, after: SIMULATED_CRASH_PROCESS_KILL, seed: seed)
        case .cutDroppingAll: next.become(disk, after: SIMULATED_CRASH_POWER_CUT_DROPPING_ALL, seed: seed)
        case .cutKeepingPrefix: next.become(disk, after: SIMULATED_CRASH_POWER_CUT_KEEPING_PREFIX, seed: seed)
        case .cutAtRandom: next.become(disk, after: SIMULATED_CRASH_POWER_CUT_AT_RANDOM, seed: seed)
        case .killThenCut: return try killThenCut(seed)
        case .cutInRecovery: return try cutInRecovery(seed)
        }
        try Oracle.check(next, clock, isOneOf: candidates)
    }

    private func killThenCut(_ seed: UInt64) throws {
        next.become(disk, after: SIMULATED_CRASH_PROCESS_KILL, seed: seed)
        let expected = try Retry.answer(next, clock, candidates, requests, opening)
        last.become(
            next,
            after: seed % 2 == 0 ? SIMULATED_CRASH_POWER_CUT_DROPPING_ALL : SIMULATED_CRASH_POWER_CUT_AT_RANDOM,
            seed: seed
        )
        try Oracle.check(last, clock, isOneOf: [expected])
    }

    private func cutInRecovery(_ seed: UInt64) throws {
        next.become(disk, after: SIMULATED_CRASH_POWER_CUT_AT_RANDOM, seed: seed)
        // An opening makes about this many changes.
        let moment = (seed >> 8) % 24
        let last = last
        var isCut = false
        next.beforeChanges { [unowned next] in
            guard !isCut, next.changes >= moment else { return }
            isCut = true
            last.become(next, after: SIMULATED_CRASH_POWER_CUT_AT_RANDOM, seed: seed >> 16)
        }
        defer { next.beforeChanges(nil) }
        _ = try Oracle.open(next, clock, opening)
        if !isCut { last.become(next, after: SIMULATED_CRASH_POWER_CUT_AT_RANDOM, seed: seed >> 16) }
        try Oracle.check(last, clock, isOneOf: candidates)
    }
}

/// What clients do that got no answer: they ask again with the same keys.
enum Retry {
    /// Opens the store that a process left and repeats every request that may be repeated.
    ///
    /// - Returns: What the store has to hold from then on, whatever happens.
    static func answer(
        _ disk: Disk,
        _ clock: Clock,
        _ candidates: [Model],
        _ requests: [Request],
        _ opening: Opening = .real
    ) throws -> Model {
        let store = try Oracle.open(disk, clock, opening)
        var model = try Oracle.match(Oracle.reader(disk), candidates)
        let retries = requests.flatMap { request in
            if case .expireKeys = request { return [request] }
            return request.drafts.filter { $0.key != nil }.map { .ingest($0) }
        }
        guard !retries.isEmpty else { return model }
        let expected = retries.map { model.apply($0, at: clock.now) }
        let answers = store.run(retries)
        guard answers == expected else {
            throw Violation("a retry is answered with \(answers) in place of \(expected)")
        }
        return model
    }
}
