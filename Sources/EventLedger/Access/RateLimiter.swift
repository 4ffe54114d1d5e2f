public import EventModel
import Synchronization

/// Counts the requests of one limited account, for all of its tokens together.
///
/// There is one per account, reached from the authorizations of its tokens, so that a request costs one short lock and
/// no look-up. The store's writer writes the counts from time to time, never for a single request.
public final class RateLimiter: Sendable {
    /// What was counted in one window.
    struct WindowCount: Sendable, Hashable {
        /// The window's number since 1970.
        var number: Int64 = 0
        var requests: Int64 = 0

        /// Goes on to the window that contains a moment.
        ///
        /// Threads do not arrive in the order of their clock readings, so a reading from the last seconds of the
        /// previous window counts in the present one. If the clock was set back further, the count starts again, rather
        /// than making the account wait for the clock: otherwise a day's window could last for two days.
        mutating func advance(to second: Int64, of seconds: Int64) {
            let window = second / seconds
            let isJustBefore = second < number * seconds && second >= number * seconds - Limits.rateWindowOverlapSeconds
            if window != number, !isJustBefore { self = WindowCount(number: window) }
        }
    }

    /// What was counted of an account.
    struct Counts: Sendable, Hashable {
        var minute = WindowCount()
        var day = WindowCount()
    }

    fileprivate struct State {
        var limits: RateLimits
        var counts: Counts
        /// Whether the counts have changed since they were last written.
        var isUnwritten = false
    }

    private let state: Mutex<State>

    /// Creates a counter that has counted nothing.
    public convenience init(_ limits: RateLimits) {
        self.init(limits, Counts())
    }

    init(_ limits: RateLimits, _ counts: Counts) {
        state = Mutex(State(limits: limits, counts: counts))
    }

    /// Counts a request, unless the account is over a limit. A refused request is not counted.
    ///
    /// - Returns: Where the account stands now, and whether it has to wait.
    public func admit(at now: Timestamp) -> RateLimitReport {
        state.withLock { state in
            state.advance(to: now)
            let isOver = state.isOver(.minute) || state.isOver(.day)
            if !isOver {
                state.counts.minute.requests += 1
                state.counts.day.requests += 1
                state.isUnwritten = true
            }
            return state.report(at: now, isRefused: isOver)
        }
    }

    /// Reports where the account stands, without counting anything.
    public func report(at now: Timestamp) -> RateLimitReport {
        state.withLock { state in
            state.advance(to: now)
            return state.report(at: now, isRefused: false)
        }
    }

    /// Sets other limits. What was counted stays counted.
    func set(_ limits: RateLimits) {
        state.withLock { $0.limits = limits }
    }

    /// Whether there are counts to be written.
    var isUnwritten: Bool { state.withLock(\.isUnwritten) }

    /// The counts, which are considered written from now on.
    func takeForWriting() -> Counts {
        state.withLock { state in
            state.isUnwritten = false
            return state.counts
        }
    }

    /// Notes that the counts could not be written after all.
    func noteUnwritten() {
        state.withLock { $0.isUnwritten = true }
    }
}

extension RateLimiter.Counts {
    subscript(window: RateLimits.Window) -> RateLimiter.WindowCount {
        switch window {
        case .minute: minute
        case .day: day
        }
    }
}

extension RateLimiter.State {
    mutating func advance(to now: Timestamp) {
        let second = now.secondsSinceEpoch
        counts.minute.advance(to: second, of: RateLimits.Window.minute.seconds)
        counts.day.advance(to: second, of: RateLimits.Window.day.seconds)
    }

    func isOver(_ window: RateLimits.Window) -> Bool {
        guard let limit = limits[window] else { return false }
        return counts[window].requests >= limit
    }

    func report(at now: Timestamp, isRefused: Bool) -> RateLimitReport {
        func report(_ window: RateLimits.Window) -> RateLimitReport.Window? {
            guard let limit = limits[window] else { return nil }
            let count = counts[window]
            return RateLimitReport.Window(
                limit: limit,
                remaining: max(0, limit - count.requests),
                resetsAt: (count.number + 1) * window.seconds
            )
        }
        let (minute, day) = (report(.minute), report(.day))
        var retryAfter: Int64?
        if isRefused {
            let second = now.secondsSinceEpoch
            // If both windows are used up, the one that ends later decides when the next request is admitted.
            let next = [minute, day].compactMap { $0 }.filter { $0.remaining == 0 }.map(\.resetsAt).max() ?? second
            retryAfter = max(1, next - second)
        }
        return RateLimitReport(minute: minute, day: day, retryAfterSeconds: retryAfter)
    }
}

extension Timestamp {
    /// Whole seconds since 1970.
    fileprivate var secondsSinceEpoch: Int64 { millisecondsSinceEpoch / 1_000 }
}
