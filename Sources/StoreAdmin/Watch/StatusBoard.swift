import EventLedger
import IngestAPI

/// What `status --watch` shows: the latest figures, and charts of earlier ones.
struct StatusBoard: Sendable {
    /// The lines that have a chart.
    private enum Chart: CaseIterable {
        case requests, events, replays, latency, queue, batch, commit
    }

    private var charts: [Chart: Sparkline]
    private var last: LiveFigures?

    init(chartWidth: Int) {
        charts = Dictionary(uniqueKeysWithValues: Chart.allCases.map { ($0, Sparkline(width: chartWidth)) })
    }

    /// Records the first figures; rates are computed from then on.
    mutating func begin(_ figures: LiveFigures) {
        last = figures
    }

    /// Adds figures that were just read.
    ///
    /// - Returns: The lines to show.
    mutating func update(_ figures: LiveFigures, processID: Int32?) -> [String] {
        // A server that was restarted meanwhile has lower counts than before.
        let earlier = last.flatMap { $0.uptimeSeconds <= figures.uptimeSeconds ? $0 : nil }
        last = figures
        let seconds = max(0.001, figures.uptimeSeconds - (earlier?.uptimeSeconds ?? 0))
        func rate(_ count: (LiveFigures) -> UInt64) -> Double {
            Double(count(figures) - min(count(figures), earlier.map(count) ?? 0)) / seconds
        }
        let latency = earlier.map { figures.answerSeconds.since($0.answerSeconds) } ?? figures.answerSeconds
        let batches =
            earlier.map { figures.eventsPerTransaction.since($0.eventsPerTransaction) } ?? figures.eventsPerTransaction
        let commits = earlier.map { figures.commitSeconds.since($0.commitSeconds) } ?? figures.commitSeconds

        let requests = rate { $0.answers.reduce(0) { $0 + $1.count } }
        let events = rate(\.acceptedEvents)
        let replays = rate(\.replays)
        let state = figures.notReady.map { "not ready: \($0)" } ?? "ready"
        return [
            "process \(processID.map { "\($0)" } ?? "?"), up \(StatusBoard.duration(figures.uptimeSeconds)), \(state)",
            line("requests/s", .requests, requests, StatusBoard.number(requests)),
            line("events/s", .events, events, StatusBoard.number(events)),
            line("replays/s", .replays, replays, StatusBoard.number(replays)),
            line("answer p99", .latency, latency.quantile(0.99), StatusBoard.milliseconds(latency.quantile(0.99))),
            line("commit p99", .commit, commits.quantile(0.99), StatusBoard.milliseconds(commits.quantile(0.99))),
            line("batch", .batch, StatusBoard.mean(batches), StatusBoard.number(StatusBoard.mean(batches))),
            line("queue", .queue, Double(figures.queuedCommands), "\(figures.queuedCommands)"),
            "answers     \(StatusBoard.statuses(figures.answers, earlier?.answers ?? []))",
            "log         \(StatusBoard.size(figures.writeAheadLogBytes))   memory "
                + "\(figures.residentBytes.map { StatusBoard.size(Int64($0)) } ?? "?")   open files "
                + "\(figures.openFiles.map { "\($0)" } ?? "?")   connections \(figures.connections)   mismatches "
                + "\(figures.mismatches)",
        ]
    }

    private mutating func line(_ name: String, _ chart: Chart, _ value: Double?, _ text: String) -> String {
        charts[chart]?.append(value ?? 0)
        let padded = name + String(repeating: " ", count: max(0, 12 - name.count))
        let number = String(repeating: " ", count: max(0, 10 - text.count)) + text
        return "\(padded)\(number)  \(charts[chart]?.text ?? "")"
    }

    // MARK: Words

    /// How many answers of each status there were since the last reading: `200: 512  429: 3`.
    static func statuses(_ now: [LiveFigures.Answers], _ earlier: [LiveFigures.Answers]) -> String {
        var counts: [Int: UInt64] = [:]
        for answers in now { counts[answers.status, default: 0] += answers.count }
        for answers in earlier {
            counts[answers.status, default: 0] -= min(answers.count, counts[answers.status] ?? 0)
        }
        let words = counts.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return words.isEmpty ? "none" : words.joined(separator: "  ")
    }

    static func number(_ value: Double?) -> String {
        guard let value else { return "-" }
        return value >= 10 || value == value.rounded() ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
    }

    static func milliseconds(_ seconds: Double?) -> String {
        guard let seconds else { return "-" }
        return "\((seconds * 100_000).rounded() / 100) ms"
    }

    static func size(_ bytes: Int64) -> String {
        bytes < 1_048_576 ? "\(bytes / 1_024) KiB" : "\(bytes / 1_048_576) MiB"
    }

    static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds)
        if whole < 60 { return "\(whole) s" }
        if whole < 3_600 { return "\(whole / 60) min" }
        return "\(whole / 3_600) h \(whole % 3_600 / 60) min"
    }

    private static func mean(_ histogram: Histogram) -> Double? {
        histogram.count > 0 ? histogram.sum / Double(histogram.count) : nil
    }
}
