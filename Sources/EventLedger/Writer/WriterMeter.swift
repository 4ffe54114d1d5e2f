import Dispatch
import EventModel
import Synchronization

/// Where the writer notes what it does, once per transaction, for others to read.
final class WriterMeter: Sendable {
    /// What there is to note about a transaction.
    struct Transaction {
        var acceptedEvents: Int
        var replays: Int
        var mismatches: Int
        var seconds: Double
        /// Nil if nothing was committed: dry runs alone are rolled back.
        var commit: Commit?
        var ledger: IdempotencyLedger.Footprint
    }

    /// How long a commit took, and its sync, in seconds.
    struct Commit {
        var seconds: Double
        var syncSeconds: Double
    }

    private let figures = Mutex(StoreMetrics())

    var metrics: StoreMetrics { figures.withLock { $0 } }

    func note(_ transaction: Transaction) {
        figures.withLock { figures in
            figures.acceptedEvents += UInt64(transaction.acceptedEvents)
            figures.replays += UInt64(transaction.replays)
            figures.mismatches += UInt64(transaction.mismatches)
            let events = transaction.acceptedEvents + transaction.replays
            if events > 0 { figures.eventsPerTransaction.record(Double(events)) }
            figures.transactionSeconds.record(transaction.seconds)
            if let commit = transaction.commit {
                figures.commitSeconds.record(commit.seconds)
                figures.syncSeconds.record(commit.syncSeconds)
            }
            figures.note(transaction.ledger)
        }
    }

    /// Notes the footprint of the ledger when nobody waits, and when the store was opened.
    func note(_ ledger: IdempotencyLedger.Footprint) {
        figures.withLock { $0.note(ledger) }
    }

    func noteFailedTransaction() {
        figures.withLock { $0.failedTransactions += 1 }
    }

    func noteCheckpoint(seconds: Double) {
        figures.withLock { $0.checkpointSeconds.record(seconds) }
    }
}

extension StoreMetrics {
    fileprivate mutating func note(_ ledger: IdempotencyLedger.Footprint) {
        ledgerSegments = ledger.segments
        unsealedEntries = ledger.unsealedEntries
        ledgerMemoryBytes = ledger.memoryBytes
    }
}

/// Measures how long something takes, by a monotonic clock.
struct Stopwatch {
    private let start = DispatchTime.now().uptimeNanoseconds

    var seconds: Double { Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 }
}
