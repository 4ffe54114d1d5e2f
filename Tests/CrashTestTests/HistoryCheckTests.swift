import Testing

@testable import crashtest

/// The check of a crash test has to find the violations that it exists to find.
@Suite("Holding a feed against its clients' log")
struct HistoryCheckTests {
    /// Two keys, the second sent after the first was answered.
    private func history() -> History {
        let history = History()
        for (key, id) in [("a", "1"), ("b", "2")] {
            history.willSend(key)
            history.note(id, isReplay: false, of: key)
        }
        return history
    }

    private let a = FeedEvent(id: "1", key: "a")
    private let b = FeedEvent(id: "2", key: "b")

    private func violations(_ feed: [FeedEvent], readers: [[FeedEvent]] = []) -> [String] {
        HistoryCheck.violations(history(), feed: feed, readers: readers)
    }

    @Test("what fits has no findings")
    func fits() {
        #expect(violations([a, b], readers: [[], [a], [a, b]]).isEmpty)
    }

    @Test("an event that is missing, doubled, another one, or out of order is found")
    func faults() {
        #expect(!violations([a]).isEmpty)
        #expect(!violations([a, b, FeedEvent(id: "3", key: "a")]).isEmpty)
        #expect(!violations([a, FeedEvent(id: "3", key: "b")]).isEmpty)
        #expect(!violations([b, a]).isEmpty)
        #expect(!violations([a, b, FeedEvent(id: "4", key: "never sent")]).isEmpty)
    }

    @Test("a reader that saw a hole, or another order, is found")
    func readers() {
        #expect(!violations([a, b], readers: [[b]]).isEmpty)
        #expect(!violations([a, b], readers: [[a, b, a]]).isEmpty)
    }

    @Test("two answers to one key, and a second acceptance, are found")
    func answers() {
        let other = history()
        other.note("9", isReplay: true, of: "a")
        #expect(!HistoryCheck.violations(other, feed: [a, b], readers: []).isEmpty)
        let twice = history()
        twice.note("1", isReplay: false, of: "a")
        #expect(!HistoryCheck.violations(twice, feed: [a, b], readers: []).isEmpty)
    }
}
