import Testing

@testable import benchmark

@Suite struct MeasuringTests {
    /// Of the numbers from 1 to a count, in any order.
    @Test(arguments: [
        (count: 0, perMille: 500, expected: 0), (count: 1, perMille: 500, expected: 1),
        (count: 1, perMille: 999, expected: 1), (count: 3, perMille: 500, expected: 2),
        (count: 4, perMille: 500, expected: 2), (count: 1_000, perMille: 990, expected: 990),
        (count: 1_000, perMille: 999, expected: 999), (count: 100, perMille: 999, expected: 100),
    ])
    func `a percentile is the smallest value that so many do not exceed`(count: Int, perMille: Int, expected: Int) {
        #expect(Percentiles((0..<count).map { count - $0 }).value(perMille: perMille) == expected)
    }

    @Test func `the slowest is the largest of all`() {
        #expect(Percentiles([2, 9, 4]).largest == 9)
    }

    @Test(
        arguments: [
            (values: [], expected: nil), (values: [3], expected: 3), (values: [9, 1, 2], expected: 2),
            (values: [1, 4], expected: 2.5),
        ] as [(values: [Double], expected: Double?)]
    )
    func `the median is the value in the middle`(values: [Double], expected: Double?) {
        #expect(median(values) == expected)
    }

    @Test func `what a program prints is read by name, and other lines are passed over`() {
        let readings = Readings("rate 1 66000\na line of words\nrate 2 65000.5\ntotal 65200\n\nwords 1 two\n")
        #expect(readings.rates == [66_000, 65_000.5])
        #expect(readings.lastRate == 65_000.5)
        #expect(readings["total"] == 65_200)
        #expect(readings["words"] == nil)
    }

    @Test(arguments: [("0-1", [0, 1]), ("2,5-7", [2, 5, 6, 7]), ("3", [3]), ("", [])])
    func `cores are read from a list`(list: String, expected: [Int]) {
        #expect(Cores.allowed(list) == expected)
    }

    @Test func `a load of less than a million has the rate of the whole`() {
        #expect(Readings("total 120\n").lastRate == 120)
    }
}
