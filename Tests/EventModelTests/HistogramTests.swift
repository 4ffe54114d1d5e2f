import EventModel
import Testing

@Suite("A histogram")
struct HistogramTests {
    @Test("counts a value in the first bucket whose bound is not below it, and what is above all bounds as well")
    func buckets() {
        var histogram = Histogram(bounds: [1, 2, 4])
        for value in [0, 1, 1.5, 2, 4, 5, 100] as [Double] { histogram.record(value) }
        #expect(histogram.counts == [2, 2, 1, 2])
        #expect(histogram.count == 7)
        #expect(histogram.sum == 113.5)
    }

    @Test("tells quantiles between the bounds")
    func quantiles() {
        var histogram = Histogram(bounds: [1, 2, 4])
        #expect(histogram.quantile(0.5) == nil)
        for _ in 0..<100 { histogram.record(1.5) }
        #expect(histogram.quantile(0) == 1)
        #expect(histogram.quantile(0.5) == 1.5)
        #expect(histogram.quantile(1) == 2)
        histogram.record(1_000)
        #expect(histogram.quantile(1) == 4)
    }

    @Test("is what was counted since an earlier state of it, and of a new one all of it")
    func difference() {
        var histogram = Histogram(bounds: [1, 2])
        histogram.record(1)
        let earlier = histogram
        histogram.record(2)
        histogram.record(3)
        #expect(histogram.since(earlier).counts == [0, 1, 1])
        #expect(histogram.since(earlier).sum == 5)
        #expect(earlier.since(histogram) == earlier)
        var sum = histogram
        sum.add(earlier)
        #expect(sum.counts == [2, 1, 1])
    }
}
