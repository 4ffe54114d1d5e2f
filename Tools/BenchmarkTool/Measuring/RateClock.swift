import Synchronization

/// Counts what any number of callers have done, and records the time at which each million was full.
final class RateClock: Sendable {
    /// How many make a step.
    static let step = 1_000_000

    private let start = ContinuousClock.now
    private let done = Atomic<Int>(0)
    private let moments = Mutex<[Duration]>([])

    /// The count so far.
    var count: Int { done.load(ordering: .relaxed) }

    /// Adds what a caller has just finished.
    func finished(_ number: Int = 1) {
        let (before, after) = done.wrappingAdd(number, ordering: .relaxed)
        guard before / RateClock.step != after / RateClock.step else { return }
        let moment = ContinuousClock.now - start
        moments.withLock { $0.append(moment) }
    }

    /// Prints the rate of every full million and that of the whole.
    func report() {
        let whole = ContinuousClock.now - start
        var previous = Duration.zero
        // Two callers that fill two millions at nearly the same time can record them in the wrong order.
        for (index, moment) in moments.withLock({ $0.sorted() }).enumerated() {
            Readings.print("rate", Double(index + 1), Double(RateClock.step) / (moment - previous).seconds)
            previous = moment
        }
        Readings.print("total", Double(count) / whole.seconds)
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }

    /// The duration in whole microseconds, rounded up.
    var microseconds: Int {
        Int(components.seconds) * 1_000_000 + Int((components.attoseconds + 999_999_999_999) / 1_000_000_000_000)
    }
}
