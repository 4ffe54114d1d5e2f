/// The distribution of repeated measurements.
struct Percentiles: Sendable {
    private let sorted: [Int]

    init(_ values: [Int]) {
        sorted = values.sorted()
    }

    /// The smallest value that at least `perMille` thousandths of all values do not exceed; 0 if there are no values.
    func value(perMille: Int) -> Int {
        guard !sorted.isEmpty else { return 0 }
        let rank = (sorted.count * perMille + 999) / 1_000
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }

    /// The largest value; 0 if there are none.
    var largest: Int { sorted.last ?? 0 }
}

/// The median; for an even number of values, the mean of the two in the middle.
func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
