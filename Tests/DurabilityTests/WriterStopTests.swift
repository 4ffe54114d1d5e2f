import SQLite
import SimulatedDisk
import TestSupport
import Testing

@testable import EventLedger

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

    @Test("a transaction is rolled back without asking for memory", arguments: [false, true])
    func rollBack(isFirst: Bool) throws {
        let disk = Disk()
        // A disk must outlive the files that are open on it.
        defer { withExtendedLifetime(disk) {} }
        let connection = try Connection(path: disk.store.database, mode: .readWrite, fileSystem: disk.name)
        try connection.execute("CREATE TABLE t (x)")
        if !isFirst { try connection.beginImmediate().commit() }
        let transaction = try connection.beginImmediate()
        try connection.execute("INSERT INTO t VALUES (1)")
        let allocations = simulated_memory_allocations()
        transaction.rollBack()
        #expect(simulated_memory_allocations() == allocations)
        let hasEnded = connection.isAutocommit
        #expect(hasEnded)
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
    }

    /// A disk and a store on it with an event that was sent again, so that there is something to write when nobody
    /// waits.
    private func storeWithRepeat(_ maker: inout WorkloadMaker) throws -> (Disk, SimulatedStore) {
        let disk = Disk()
        let store = try SimulatedStore(on: disk, Clock())
        let first = maker.newKeys(1)[0]
        for _ in 0..<2 { #expect(store.run([.ingest(first)]).allSatisfy { $0.allSatisfy { !$0.isFailure } }) }
        return (disk, store)
    }

    private func failNextSync(_ disk: Disk) -> UInt64 {
        let calls = disk.calls(SIMULATED_FAULT_FAILING_SYNC)
        disk.fail(SIMULATED_FAULT_FAILING_SYNC, at: calls, isSticky: false)
        return calls
    }

    @Test("a store that has stopped writes and syncs nothing as it is closed")
    func closing() throws {
        var maker = WorkloadMaker(seed: 1)
        let (disk, store) = try storeWithRepeat(&maker)
        _ = failNextSync(disk)
        #expect(store.run([.ingest(maker.draft(of: 1))]).allSatisfy { $0.allSatisfy(\.isFailure) })
        #expect(store.refusal != nil)
        let (changes, syncs) = (disk.changes, disk.calls(SIMULATED_FAULT_FAILING_SYNC))
        store.close()
        #expect(disk.changes == changes)
        #expect(disk.calls(SIMULATED_FAULT_FAILING_SYNC) == syncs)
    }

    @Test("when the sync fails that was to find out whether there is room again, nothing is written after it")
    func probing() throws {
        var maker = WorkloadMaker(seed: 1)
        let (disk, store) = try storeWithRepeat(&maker)
        disk.fail(SIMULATED_FAULT_FULL, at: disk.calls(SIMULATED_FAULT_FULL), isSticky: true)
        #expect(store.run([.ingest(maker.draft(of: 1))]).allSatisfy { $0.allSatisfy(\.isFailure) })
        #expect(store.refusal == nil)
        disk.mend()
        let syncs = failNextSync(disk)
        store.workInBackground()
        #expect(store.refusal != nil)
        #expect(disk.calls(SIMULATED_FAULT_FAILING_SYNC) == syncs + 1)
    }

    @Test("when the sync of a command fails that is run by itself, the commands after it are not tried")
    func apart() throws {
        var maker = WorkloadMaker(seed: 1)
        let (disk, store) = try storeWithRepeat(&maker)
        var drafts = maker.newKeys(3)
        drafts[0].type = "refused"
        try store.refuseEvents(ofType: "refused")
        let syncs = failNextSync(disk)
        #expect(store.run(drafts.map { .ingest($0) }).allSatisfy { $0.allSatisfy(\.isFailure) })
        #expect(store.refusal != nil)
        #expect(disk.calls(SIMULATED_FAULT_FAILING_SYNC) == syncs + 1)
    }
}
