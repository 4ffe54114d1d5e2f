import Synchronization

/// Collects how long calls took, from any number of callers.
final class LatencyRecorder: Sendable {
    private let microseconds: Mutex<[Int]>
    private let failures = Atomic<Int>(0)

    /// - Parameter expected: Roughly how many calls there will be, so that recording never has to reallocate.
    init(expected: Int) {
        var values: [Int] = []
        values.reserveCapacity(expected)
        microseconds = Mutex(values)
    }

    /// Records the duration of one call.
    func record(_ duration: Duration) {
        let value = duration.microseconds
        microseconds.withLock { $0.append(value) }
    }

    /// Records the duration of a call that failed.
    func recordFailure(_ duration: Duration) {
        failures.add(1, ordering: .relaxed)
        record(duration)
    }

    /// Prints the distribution, and how many calls failed.
    func report() {
        LatencyRecorder.report(microseconds.withLock { $0 })
        Readings.print("failed", Double(failures.load(ordering: .relaxed)))
    }

    /// Prints the distribution of durations, given in microseconds.
    static func report(_ microseconds: [Int]) {
        let percentiles = Percentiles(microseconds)
        Readings.print("p50_us", Double(percentiles.value(perMille: 500)))
        Readings.print("p99_us", Double(percentiles.value(perMille: 990)))
        Readings.print("p999_us", Double(percentiles.value(perMille: 999)))
        Readings.print("max_us", Double(percentiles.largest))
    }
}
