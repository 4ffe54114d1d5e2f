import Testing

@testable import benchmark

@Suite struct MeasuringTests {
    @Test(arguments: [
        (values: [], perMille: 500, expected: 0),
        (values: [7], perMille: 500, expected: 7),
        (values: [7], perMille: 999, expected: 7),
        (values: [3, 1, 2], perMille: 500, expected: 2),
        (values: [4, 3, 1, 2], perMille: 500, expected: 2),
        (values: Array(1...1_000), perMille: 990, expected: 990),
        (values: Array(1...1_000), perMille: 999, expected: 999),
        (values: Array(1...100), perMille: 999, expected: 100),
    ])
    func `a percentile is the smallest value that so many do not exceed`(
        values: [Int],
        perMille: Int,
        expected: Int
    ) {
        #expect(Percentiles(values).value(perMille: perMille) == expected)
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

    @Test func `a load of less than a million has the rate of the whole`() {
        #expect(Readings("total 120\n").lastRate == 120)
    }
}
