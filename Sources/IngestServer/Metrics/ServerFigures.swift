import EventLedger
import IngestAPI
import NIOCore
import Synchronization

/// Everything that the server reports about itself, in one place: what it has answered, what the store has done, and
/// what the process takes.
final class ServerFigures: Sendable {
    let requests = RequestMeter()
    private let store: any EventStore
    private let connections: ConnectionRegistry
    private let start = NIODeadline.now()
    private let stopping = Atomic(false)

    init(store: any EventStore, connections: ConnectionRegistry) {
        self.store = store
        self.connections = connections
    }

    /// Notes that the server is stopping.
    func noteStopping() { stopping.store(true, ordering: .relaxed) }

    /// Why no requests are to be sent to the server now; nil if they are.
    ///
    /// The text holds no paths and no other words that are for the operator only.
    var notReady: String? {
        if stopping.load(ordering: .relaxed) { return "The server is stopping" }
        return switch store.readiness() {
        case nil: nil
        case .diskFull: "The disk that holds the store is full"
        case .overloaded: "Too many writes are waiting"
        case .closed: "The store is closed"
        default: "The store takes no events until an operator has looked at it"
        }
    }

    /// The figures for `store-admin status --watch`.
    var live: LiveFigures {
        let counts = requests.counts
        let store = store.metrics()
        let process = ProcessFigures.now()
        return LiveFigures(
            uptimeSeconds: Double((NIODeadline.now() - start).nanoseconds) / 1e9,
            answers: counts.answers.map { kind, count in
                LiveFigures.Answers(
                    route: kind.route.rawValue,
                    method: kind.method.rawValue,
                    status: Int(kind.status),
                    count: count
                )
            },
            answerSeconds: counts.seconds.values.reduce(into: Histogram(bounds: Histogram.secondsBounds)) {
                $0.add($1)
            },
            connections: connections.count,
            acceptedEvents: store.acceptedEvents,
            replays: store.replays,
            mismatches: store.mismatches,
            queuedCommands: store.queuedCommands,
            eventsPerTransaction: store.eventsPerTransaction,
            commitSeconds: store.commitSeconds,
            writeAheadLogBytes: store.writeAheadLogBytes,
            residentBytes: process.residentBytes,
            openFiles: process.openFiles,
            notReady: notReady
        )
    }

    /// The figures for Prometheus.
    var prometheusText: String {
        var text = PrometheusText()
        text.write(requests.counts)
        text.single("eventledger_http_connections", .gauge, connections.count, "Open connections.")
        text.single("eventledger_ready", .gauge, notReady == nil ? 1 : 0, "Whether requests are to be sent here.")
        text.write(store.metrics())
        text.write(ProcessFigures.now())
        return text.text
    }
}

extension PrometheusText {
    fileprivate mutating func write(_ counts: RequestMeter.Counts) {
        metric("eventledger_http_requests_total", .counter, "Requests that were answered.")
        let answers = counts.answers.sorted { left, right in
            (left.key.route.rawValue, left.key.method.rawValue, left.key.status)
                < (right.key.route.rawValue, right.key.method.rawValue, right.key.status)
        }
        for (kind, count) in answers {
            sample(
                "eventledger_http_requests_total",
                ["route": kind.route.rawValue, "method": kind.method.rawValue, "status": "\(kind.status)"],
                count
            )
        }
        let seconds = "eventledger_http_request_duration_seconds"
        metric(seconds, .histogram, "Time from a request's head to its answer.")
        for (route, histogram) in counts.seconds.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            self.histogram(seconds, ["route": route.rawValue], histogram)
        }
    }

    fileprivate mutating func write(_ store: StoreMetrics) {
        single("eventledger_events_accepted_total", .counter, store.acceptedEvents, "Events that were accepted.")
        single("eventledger_replays_total", .counter, store.replays, "Keys that came again.")
        single(
            "eventledger_payload_mismatches_total",
            .counter,
            store.mismatches,
            "Keys that came again with another payload."
        )
        single("eventledger_writer_queue_commands", .gauge, store.queuedCommands, "Commands that wait for the writer.")
        single("eventledger_writer_queue_bytes", .gauge, store.queuedBytes, "About how many bytes they take.")
        single(
            "eventledger_writer_failed_transactions_total",
            .counter,
            store.failedTransactions,
            "Transactions that failed."
        )
        whole("eventledger_writer_transaction_events", store.eventsPerTransaction, "Events of a transaction.")
        whole(
            "eventledger_writer_transaction_duration_seconds",
            store.transactionSeconds,
            "Time from the beginning of a transaction to its end."
        )
        whole(
            "eventledger_writer_commit_duration_seconds",
            store.commitSeconds,
            "Time that a commit took: writing the write-ahead log and syncing it."
        )
        whole("eventledger_writer_sync_duration_seconds", store.syncSeconds, "Time that a commit's sync took.")
        whole("eventledger_checkpoint_duration_seconds", store.checkpointSeconds, "Time that a checkpoint took.")
        single("eventledger_database_bytes", .gauge, store.databaseBytes, "Size of the database file.")
        single("eventledger_wal_bytes", .gauge, store.writeAheadLogBytes, "Size of the write-ahead log.")
        single("eventledger_ledger_segments", .gauge, store.ledgerSegments, "Sealed segments of the ledger's index.")
        single(
            "eventledger_ledger_unsealed_entries",
            .gauge,
            store.unsealedEntries,
            "Entries of the ledger that are in no segment yet."
        )
        single("eventledger_ledger_memory_bytes", .gauge, store.ledgerMemoryBytes, "Memory of the ledger's index.")
    }

    fileprivate mutating func write(_ process: ProcessFigures) {
        if let bytes = process.residentBytes {
            single("process_resident_memory_bytes", .gauge, bytes, "Resident memory.")
        }
        if let count = process.openFiles { single("process_open_fds", .gauge, count, "Open files and sockets.") }
        if let count = process.maximumOpenFiles {
            single("process_max_fds", .gauge, count, "How many files and sockets may be open.")
        }
        single("process_cpu_seconds_total", .counter, process.processorSeconds, "Processor time.")
    }

    private mutating func whole(_ name: String, _ histogram: Histogram, _ help: String) {
        metric(name, .histogram, help)
        self.histogram(name, [:], histogram)
    }
}
