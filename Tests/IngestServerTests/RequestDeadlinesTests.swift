import NIOCore
import NIOEmbedded
import Testing

@testable import IngestServer

/// The deadlines of a connection, on a clock that the test advances.
@Suite struct RequestDeadlinesTests {
    private final class Watch {
        let loop = EmbeddedEventLoop()
        let deadlines: RequestDeadlines
        var expired: [RequestDeadlines.Expiry] = []
        var pending = 0

        init() {
            var limits = ConnectionLimits()
            limits.idle = .seconds(75)
            limits.head = .seconds(10)
            limits.body = .seconds(30)
            limits.stall = .seconds(30)
            deadlines = RequestDeadlines(eventLoop: loop, limits: limits)
            deadlines.onExpiry = { [unowned self] in expired.append($0) }
            deadlines.pendingBytes = { [unowned self] in pending }
            deadlines.enter(.idle)
        }
    }

    @Test(
        "each phase has its own time and not a second more",
        arguments: [(.idle, 75), (.head, 10), (.body, 30)] as [(RequestDeadlines.Phase, Int64)]
    )
    func phases(phase: RequestDeadlines.Phase, seconds: Int64) {
        let watch = Watch()
        watch.deadlines.enter(phase)
        watch.loop.advanceTime(by: .seconds(seconds) - .nanoseconds(1))
        #expect(watch.expired.isEmpty)
        watch.loop.advanceTime(by: .nanoseconds(1))
        #expect(watch.expired == [.phase(phase)])
    }

    @Test("an answer may take any time, and the time before it does not count")
    func answering() {
        let watch = Watch()
        watch.deadlines.noteBytes()
        watch.deadlines.enter(.body)
        watch.deadlines.enter(.answering)
        watch.loop.advanceTime(by: .hours(1))
        #expect(watch.expired.isEmpty)
        watch.deadlines.enter(.idle)
        watch.loop.advanceTime(by: .seconds(75))
        #expect(watch.expired == [.phase(.idle)])
    }

    @Test("the head's time runs from its first byte, whatever comes after it")
    func trickle() {
        let watch = Watch()
        watch.loop.advanceTime(by: .seconds(70))
        for _ in 0..<9 {
            watch.deadlines.noteBytes()
            watch.loop.advanceTime(by: .seconds(1))
        }
        #expect(watch.expired.isEmpty)
        watch.deadlines.noteBytes()
        watch.loop.advanceTime(by: .seconds(1))
        #expect(watch.expired == [.phase(.head)])
    }

    @Test("a client that reads slowly is waited for, and one that does not read is not")
    func stall() {
        let watch = Watch()
        watch.deadlines.enter(.answering)
        watch.pending = 100
        watch.deadlines.noteWritable(false)
        // Everything written in the same call counts as waiting to be read.
        watch.pending = 1_000
        for _ in 0..<10 {
            watch.loop.advanceTime(by: .seconds(20))
            watch.pending -= 1
            watch.loop.advanceTime(by: .seconds(10))
        }
        #expect(watch.expired.isEmpty)
        watch.loop.advanceTime(by: .seconds(30) - .nanoseconds(1))
        #expect(watch.expired.isEmpty)
        watch.loop.advanceTime(by: .nanoseconds(1))
        #expect(watch.expired == [.stall])
    }

    @Test("a client that reads nothing from the start has no more time than one that stops")
    func stallFromTheStart() {
        let watch = Watch()
        watch.deadlines.enter(.answering)
        watch.pending = 1_000
        watch.deadlines.noteWritable(false)
        watch.loop.advanceTime(by: .seconds(30) - .nanoseconds(1))
        #expect(watch.expired.isEmpty)
        watch.loop.advanceTime(by: .nanoseconds(1))
        #expect(watch.expired == [.stall])
    }

    @Test("a client that stops reading is cut off, also when a phase ended while it read")
    func stallAfterPhase() {
        let watch = Watch()
        watch.pending = 1_000
        watch.deadlines.noteWritable(false)
        for _ in 0..<3 {
            watch.loop.advanceTime(by: .seconds(25))
            watch.pending -= 1
        }
        #expect(watch.expired == [.phase(.idle)])
        #expect(watch.deadlines.watchReading())
        watch.deadlines.enter(.idle)
        // Bytes read since the check at sixty seconds count at the check at ninety.
        watch.loop.advanceTime(by: .seconds(45) - .nanoseconds(1))
        #expect(watch.expired == [.phase(.idle)])
        watch.loop.advanceTime(by: .nanoseconds(1))
        #expect(watch.expired == [.phase(.idle), .stall])
    }

    @Test("the last bytes of an answer have to be read as well, and who has read them may be idle again")
    func watched() {
        let watch = Watch()
        #expect(!watch.deadlines.watchReading())
        watch.pending = 1
        #expect(watch.deadlines.watchReading())
        watch.deadlines.enter(.answering)
        watch.pending = 0
        watch.loop.advanceTime(by: .hours(1))
        #expect(watch.expired.isEmpty)
        watch.pending = 1
        #expect(watch.deadlines.watchReading())
        watch.loop.advanceTime(by: .seconds(30))
        #expect(watch.expired == [.stall])
    }

    @Test("nothing is due any more when the connection is gone")
    func cancelled() {
        let watch = Watch()
        watch.deadlines.cancel()
        watch.loop.advanceTime(by: .hours(1))
        #expect(watch.expired.isEmpty)
    }
}
