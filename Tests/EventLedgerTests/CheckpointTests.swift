import Dispatch
import EventModel
import SQLite
import Synchronization
import Testing

@testable import EventLedger

@Suite("Checkpoints")
struct CheckpointTests {
    @Test("the write-ahead log stays near the size from which it is copied, however much is written")
    func logIsBounded() async throws {
        let folder = TemporaryFolder()
        let path = try StorePath(folder.store)
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let data = #"{"a":""# + String(repeating: "x", count: 100_000) + #""}"#
            for number in 0..<40 {
                let events = try (0..<20).map { try event(data: data, key: "\(number)-\($0)") }
                for result in await store.ingest(events, into: account) { #expect(try result.get().isAccepted) }
            }
            // 80 MB were written; one transaction has up to 4 MiB.
            let bound = Int64(Limits.checkpointPages) * 4_120 + 6 * 1_024 * 1_024
            #expect(StorePath.size(of: path.writeAheadLog) < bound)
        }
        #expect(StorePath.size(of: path.writeAheadLog) == 0)
    }

    @Test(
        "while a reader holds the log up it is tried again after as many pages more, and succeeds when the reader is done"
    )
    func reader() throws {
        let folder = TemporaryFolder()
        var session = try openSession(in: folder)
        session.checkpoints = CheckpointPlan(pages: 40)
        let reader = try Connection(path: folder.store, mode: .readOnly)
        try reader.execute("BEGIN; SELECT count(*) FROM events")
        // The pages in the log at each try.
        var tries: [Int32] = []
        func write(_ session: inout WriterSession) throws {
            try session.commitPage()
            let due = session.checkpoints.nextPages
            try session.checkpointIfDue()
            if session.checkpoints.nextPages != due { tries.append(session.connection.logPages) }
        }
        for _ in 0..<130 { try write(&session) }
        #expect((3...4).contains(tries.count))
        #expect(zip(tries, tries.dropFirst()).allSatisfy { $1 - $0 == 40 }, "\(tries)")
        try reader.execute("COMMIT")
        for _ in 0..<41 { try write(&session) }
        let (pages, next) = (session.connection.logPages, session.checkpoints.nextPages)
        #expect(pages < 40 && next == 40)
    }

    @Test("readers that come one after the other, so that there is always one, do not let the log grow")
    func readersInTurn() async throws {
        let folder = TemporaryFolder()
        try await openStore(folder.store).close()
        let pool = ReadPool(try StorePath(folder.store), LedgerParameters(), connections: 1)
        let (begun, next) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let isOver = Atomic(false)
        async let readings: Void = {
            while !isOver.load(ordering: .relaxed) {
                try await pool.read { connection throws(StoreError) in
                    try connection.connection.reading(mappingErrors: StoreError.init) { () throws(StoreError) in
                        _ = try mappingErrors { () throws(SQLiteError) in try connection.accounts.names() }
                        begun.signal()
                        // It ends when the next one may begin, or after a timeout if the next one has to wait for it.
                        _ = next.wait(timeout: .now() + .milliseconds(20))
                    }
                }
            }
        }()
        let largest = try await onThread {
            defer { isOver.store(true, ordering: .relaxed) }
            var session = try openSession(in: folder)
            session.checkpoints = CheckpointPlan(pages: 40)
            session.readers = pool
            var largest: Int32 = 0
            for _ in 0..<1_000 {
                next.signal()
                _ = begun.wait(timeout: .now() + 5)
                try session.commitPage()
                largest = max(largest, session.connection.logPages)
                try session.checkpointIfDue()
            }
            return largest
        }
        try await readings
        #expect(largest > 100, "no reader held the log up")
        #expect(largest < 250)
    }

    /// Runs `body` on a thread that may block.
    private func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "writer").async {
                continuation.resume(with: Swift.Result { try body() })
            }
        }
    }
}
