/// The state that all connections of a load share; it belongs to the one event loop that they are on.
final class LoadTally {
    /// Which events are offered.
    enum Numbers {
        /// From a first number on, each once.
        case fresh(next: UInt64)
        /// Any of the first events, up to this number.
        case stored(UInt64)
    }

    /// The request that is sent repeatedly.
    let template: RequestTemplate

    private var numbers: Numbers
    private var generator = SystemRandomNumberGenerator()
    private var isMeasuring = false
    private var microseconds: [Int] = []
    private var statuses: [Int: Int] = [:]
    private var isReplayMissing = false

    init(_ template: RequestTemplate, _ numbers: Numbers) {
        self.template = template
        self.numbers = numbers
        microseconds.reserveCapacity(1 << 20)
    }

    /// The number of the next event.
    func nextNumber() -> UInt64 {
        switch numbers {
        case .fresh(let next):
            numbers = .fresh(next: next + 1)
            return next
        case .stored(let count):
            return UInt64.random(in: 0..<count, using: &generator)
        }
    }

    /// The word that an answer to a stored key contains and an answer to a new key does not.
    static let replayWord = "idempotent_replay"

    /// Whether any answer was not 200; a server may close a connection with such an answer.
    var hasFailures: Bool { !statuses.isEmpty }

    /// Counts an answer.
    func finished(_ response: ResponseScanner.Response, after duration: Duration) {
        if response.status == 200 {
            guard isMeasuring else { return }
            microseconds.append(duration.microseconds)
            if case .stored = numbers { isReplayMissing = isReplayMissing || !response.holdsWord }
            if case .fresh = numbers { isReplayMissing = isReplayMissing || response.holdsWord }
        } else {
            statuses[response.status, default: 0] += 1
        }
    }

    /// Starts counting.
    func startMeasuring() { isMeasuring = true }

    /// Prints what was measured.
    ///
    /// - Throws: If the answers were not the expected ones.
    func report(seconds: Double, busy: Double) throws {
        isMeasuring = false
        Readings.print("total", Double(microseconds.count * template.events) / seconds)
        Readings.print("busy", busy / seconds)
        for (status, count) in statuses { Readings.print("status_\(status)", Double(count)) }
        Readings.print("failed", Double(statuses.values.reduce(0, +)))
        LatencyRecorder.report(microseconds)
        if isReplayMissing { throw UnexpectedOutcome(description: "answers to new and to stored keys were mixed up") }
    }
}
