import EventModel
import Testing

@testable import EventLedger

@Suite("An interval")
struct IntervalTests {
    private static let now = Timestamp(millisecondsSinceEpoch: 1_000_000)

    @Test(
        "is due when its time is up, and where the clock was set back to before it began",
        arguments: [(-5_000, true), (-1, true), (0, false), (99, false), (100, true), (5_000, true)]
    )
    func due(after milliseconds: Int64, isDue: Bool) {
        let later = Self.now.advanced(byMilliseconds: milliseconds)
        #expect(Interval(milliseconds: 100, from: Self.now).isDue(at: later) == isDue)
        var begun = Interval(milliseconds: 100, dueAt: later)
        begun.begin(at: Self.now)
        #expect(begun.isDue(at: later) == isDue)
    }

    @Test("can be due from the beginning")
    func dueAtOnce() {
        #expect(Interval(milliseconds: 100, dueAt: Self.now).isDue(at: Self.now))
    }
}
