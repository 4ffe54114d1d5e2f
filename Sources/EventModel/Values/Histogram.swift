/// Counts of how many values fell between fixed bounds.
public struct Histogram: Sendable, Hashable, Codable {
    /// The highest values of the buckets, in ascending order; values above the last bound have a bucket of their own.
    public let bounds: [Double]
    /// How many values fell into each bucket; there is one bucket more than there are bounds.
    public private(set) var counts: [UInt64]
    /// The sum of all values.
    public private(set) var sum: Double

    /// For times, in seconds: from a tenth of a millisecond to ten seconds.
    public static let secondsBounds: [Double] = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// For the sizes of transactions.
    public static let sizeBounds: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024]

    /// Creates an empty histogram.
    public init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
        sum = 0
    }

    /// How many values there are.
    public var count: UInt64 { counts.reduce(0, +) }

    /// Counts a value.
    public mutating func record(_ value: Double) {
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        counts[bucket] += 1
        sum += value
    }

    /// Adds the counts and the sum of another histogram with the same bounds.
    public mutating func add(_ other: Histogram) {
        precondition(bounds == other.bounds, "histograms that are added have the same bounds")
        for bucket in counts.indices { counts[bucket] += other.counts[bucket] }
        sum += other.sum
    }

    /// What was counted since an earlier state of the same histogram; everything if the earlier state is not one of
    /// this histogram.
    public func since(_ earlier: Histogram) -> Histogram {
        guard earlier.bounds == bounds, zip(counts, earlier.counts).allSatisfy({ $0 >= $1 }) else { return self }
        var difference = self
        for bucket in counts.indices { difference.counts[bucket] -= earlier.counts[bucket] }
        difference.sum -= earlier.sum
        return difference
    }

    /// The value below which a given part of all values lies, as if values were spread evenly between two bounds; nil
    /// if there are no values. A value above the last bound counts as that bound.
    public func quantile(_ part: Double) -> Double? {
        let total = count
        guard total > 0, let last = bounds.last else { return nil }
        let wanted = part * Double(total)
        var below = 0.0
        for (bucket, bound) in bounds.enumerated() {
            let inside = Double(counts[bucket])
            if below + inside >= wanted, inside > 0 {
                let lower = bucket == 0 ? 0 : bounds[bucket - 1]
                return lower + (bound - lower) * max(0, wanted - below) / inside
            }
            below += inside
        }
        return last
    }
}
