import EventModel
import SimulatedDisk

@testable import EventLedger

/// What goes wrong in a run.
enum Fault: CustomStringConvertible {
    case disk(simulated_fault, isSticky: Bool)
    case memory(isSticky: Bool)

    /// Every kind of fault: of one call alone, and of that call and all later ones.
    static let all: [Fault] = [
        .disk(SIMULATED_FAULT_ERROR, isSticky: false),
        .disk(SIMULATED_FAULT_ERROR, isSticky: true),
        .disk(SIMULATED_FAULT_FULL, isSticky: false),
        .disk(SIMULATED_FAULT_FULL, isSticky: true),
        .disk(SIMULATED_FAULT_SHORT_WRITE, isSticky: false),
        .disk(SIMULATED_FAULT_SHORT_WRITE, isSticky: true),
        .disk(SIMULATED_FAULT_FAILING_SYNC, isSticky: false),
        .disk(SIMULATED_FAULT_FAILING_SYNC, isSticky: true),
        .disk(SIMULATED_FAULT_SYNC_WITHOUT_ROOM, isSticky: false),
        .memory(isSticky: false),
        .memory(isSticky: true),
    ]

    /// The faults that this run tries.
    static let tried: [Fault] = {
        guard let name = Effort.faults else { return all }
        let named = all.filter { $0.description == name }
        precondition(!named.isEmpty, "DURABILITY_FAULTS has to be one of: \(all)")
        return named
    }()

    /// Whether the fault is a failing sync, after which nothing may be written any more.
    var isFailingSync: Bool {
        guard case .disk(let kind, _) = self else { return false }
        return kind == SIMULATED_FAULT_FAILING_SYNC || kind == SIMULATED_FAULT_SYNC_WITHOUT_ROOM
    }

    /// How many calls or allocations the fault could have hit so far.
    func chances(on disk: Disk) -> UInt64 {
        switch self {
        case .disk(let kind, _): disk.calls(kind)
        case .memory: simulated_memory_allocations()
        }
    }

    /// Makes it happen, at a call or an allocation counted from now on.
    func arm(_ disk: Disk, at chance: UInt64) {
        switch self {
        case .disk(let kind, let isSticky): disk.fail(kind, at: disk.calls(kind) + chance, isSticky: isSticky)
        case .memory(let isSticky): simulated_memory_fail(chance, isSticky)
        }
    }

    /// Ends all faults.
    ///
    /// - Returns: Whether one occurred.
    @discardableResult
    func mend(_ disk: Disk) -> Bool {
        switch self {
        case .disk:
            disk.mend()
            return disk.faults > 0
        case .memory: return simulated_memory_mend() > 0
        }
    }

    var description: String {
        switch self {
        case .disk(let kind, let isSticky):
            let names = ["error", "full", "short write", "failing sync", "sync without room", "lying sync"]
            let index = Int(kind.rawValue)
            return "\(index < names.count ? names[index] : "fault")\(isSticky ? ", for good" : "")"
        case .memory(let isSticky): return "no memory\(isSticky ? ", for good" : "")"
        }
    }
}

/// Runs a workload in which one thing fails. When the store stops, its process ends, the next one opens the store on a
/// disk that works again, and clients repeat the requests that got no answer.
final class FaultRun {
    private let disk = Disk()
    private let copy = Disk()
    private let clock = Clock()
    private let opening: Opening

    private var store: SimulatedStore?
    /// What was acknowledged.
    private var acknowledged = Model()
    /// What else a crash may leave: if the store stopped, the outcome of the last requests is open.
    private var inDoubt: [Model] = []
    private var unanswered: [Request] = []
    private var fault = Fault.memory(isSticky: false)
    private var hasMended = false
    /// The number of the call that fails first.
    private var faultyCall: UInt64 = 0

    /// How many calls or allocations the fault could have hit.
    private(set) var opportunities: UInt64 = 0
    /// How many of them came before the first step, where all workloads do the same.
    private(set) var opportunitiesOfOpening: UInt64 = 0

    /// A store that was just created.
    nonisolated(unsafe) private static let newStore = Result {
        // Unsafe as the disk is, which tests use one after the other.
        let disk = Disk()
        try SimulatedStore(on: disk, Clock()).close()
        return disk
    }

    init(opening: Opening = .real) {
        self.opening = opening
    }

    /// Runs the workload with a fault at a call, or without one.
    func run(_ workload: Workload, _ fault: Fault, at call: UInt64?) throws {
        simulated_random_seed(1)
        self.fault = fault
        if case .memory = fault {
            // Creating a store allocates memory many thousand times; opening one is enough to test here.
            disk.become(try Self.newStore.get(), after: SIMULATED_CRASH_PROCESS_KILL, seed: 0)
        } else {
            disk.prepare()
        }
        (acknowledged, inDoubt, unanswered, hasMended) = (Model(), [], [], false)
        clock.now = Workload.start
        let chances = fault.chances(on: disk)
        if let call { fault.arm(disk, at: call) }
        faultyCall = chances + (call ?? 0)
        defer {
            fault.mend(disk)
            store = nil
        }
        try openOrMend()
        opportunitiesOfOpening = fault.chances(on: disk) - chances
        for step in workload.steps {
            clock.now += Workload.interval
            switch step {
            case .transaction(let requests): try transact(requests)
            case .background:
                let before = disk.faults
                store?.workInBackground()
                try checkStop(since: before)
            case .reopen:
                store?.close()
                store = nil
                try openOrMend()
            case .restart:
                store = nil
                try openOrMend()
            }
            if store?.refusal != nil { try recover() }
        }
        opportunities = fault.chances(on: disk) - chances
        guard call != nil else { return }
        store = nil
        fault.mend(disk)
        try Oracle.check(disk, clock, isOneOf: [acknowledged] + inDoubt, opening)
    }

    /// Opens the store. This may fail, but only while there is a fault, and then it succeeds afterwards.
    private func openOrMend() throws {
        do throws(StoreError) {
            store = try SimulatedStore(on: disk, clock, opening)
        } catch {
            guard fault.mend(disk), !hasMended else { throw Violation("the store does not open: \(error)") }
            try recover()
        }
    }

    private func transact(_ requests: [Request]) throws {
        let before = disk.faults
        let answers = store?.run(requests) ?? []
        try checkStop(since: before)
        var whole = acknowledged
        var failed: [Request] = []
        for (request, given) in zip(requests, answers) {
            _ = whole.apply(request, at: clock.now)
            try take(given, request, &failed)
        }
        if failed.isEmpty { return }
        if store?.refusal != nil {
            unanswered = failed
            inDoubt =
                [whole]
                + failed.map { request in
                    var model = acknowledged
                    _ = model.apply(request, at: clock.now)
                    return model
                }
        }
        // The disk as it is now, first as the next process finds it, then as a power cut leaves it.
        for crash in crashes {
            copy.become(disk, after: crash, seed: 1)
            try withoutMemoryFault { try Oracle.check(copy, clock, isOneOf: [acknowledged] + inDoubt) }
        }
    }

    /// After a failed sync, be it of a commit or of a checkpoint, nothing more is written, and no sync is tried again.
    private func checkStop(since faults: UInt64) throws {
        guard fault.isFailingSync, disk.faults > faults else { return }
        guard store?.refusal != nil else { throw Violation("a sync failed, and the store goes on") }
        guard fault.chances(on: disk) == faultyCall + 1 else {
            throw Violation("a sync was tried after one that failed")
        }
    }

    /// The crashes to check after a failure. A lack of memory does not affect the disk, so the next process is enough.
    private var crashes: [simulated_crash] {
        if case .memory = fault { return [SIMULATED_CRASH_PROCESS_KILL] }
        return [SIMULATED_CRASH_PROCESS_KILL, SIMULATED_CRASH_POWER_CUT_DROPPING_ALL]
    }

    /// Records the answers to a request, event by event.
    private func take(_ given: [Answer], _ request: Request, _ failed: inout [Request]) throws {
        let parts = request.drafts.isEmpty ? [request] : request.drafts.map { Request.ingest($0) }
        guard given.count == parts.count else { throw Violation("\(given.count) answers to \(request)") }
        for (part, answer) in zip(parts, given) {
            if answer.isFailure {
                failed.append(part)
                continue
            }
            let expected = acknowledged.apply(part, at: clock.now)
            guard [answer] == expected else { throw Violation("answered \(answer) in place of \(expected)") }
        }
    }

    /// The next process opens the store on a disk that works again. Its answers have to survive an immediate power cut.
    private func recover() throws {
        store = nil
        fault.mend(disk)
        hasMended = true
        acknowledged = try Retry.answer(disk, clock, [acknowledged] + inDoubt, unanswered, opening)
        (inDoubt, unanswered) = ([], [])
        if case .disk = fault {
            copy.become(disk, after: SIMULATED_CRASH_POWER_CUT_DROPPING_ALL, seed: 1)
            try Oracle.check(copy, clock, isOneOf: [acknowledged])
        }
        store = try Oracle.open(disk, clock, opening)
    }

    /// Runs without the memory fault, which must affect the process but not the checks of what it left.
    private func withoutMemoryFault(_ body: () throws -> Void) throws {
        guard case .memory(let isSticky) = fault else { return try body() }
        let refused = simulated_memory_mend()
        try body()
        if isSticky || refused == 0 { simulated_memory_fail(0, isSticky) }
    }
}
