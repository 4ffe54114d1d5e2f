import EventLedger
import IngestAPI

/// Shows how the server that holds a store is doing, repeatedly, until it is interrupted or the server is gone.
struct StatusWatch: Sendable {
    let access: StoreAccess
    /// The time between two readings.
    let interval: Duration
    /// How many readings are shown; nil for no end.
    let count: Int?

    func run() async throws {
        var board = StatusBoard(chartWidth: 48)
        let client = try await client()
        // A rate needs two readings, so the first one shows nothing yet.
        board.begin(try await client.figures())
        var shown = 0
        while true {
            try await Task.sleep(for: interval)
            let lines = board.update(try await client.figures(), processID: client.processID)
            try show(lines, isFirst: shown == 0)
            shown += 1
            if let count, shown >= count { return }
        }
    }

    private func client() async throws -> ControlClient {
        try await access.requireStore()
        let path = try StorePath(access.path)
        guard let processID = StoreLock.holder(of: path) else {
            throw AdminFailure.unavailable("nobody holds the store, so there is nothing to watch; start ingest-server")
        }
        return ControlClient(store: path, processID: processID)
    }

    private func show(_ lines: [String], isFirst: Bool) throws {
        guard StandardStreams.outputIsTerminal else {
            return try StandardStreams.output(Array((lines.joined(separator: "\n") + "\n\n").utf8))
        }
        // Up to where the last lines began, then each line is overwritten (ECMA-48, CUU and EL).
        let back = isFirst ? "" : "\u{1B}[\(lines.count)A"
        let text = back + lines.map { "\r\u{1B}[K\($0)\n" }.joined()
        try StandardStreams.output(Array(text.utf8))
    }
}
