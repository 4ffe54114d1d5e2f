import EventModel

/// When something that is done from time to time is due again.
struct Interval: Sendable {
    private let milliseconds: Int64
    private var next: Timestamp

    init(milliseconds: Int64, dueAt next: Timestamp) {
        self.milliseconds = milliseconds
        self.next = next
    }

    /// Creates an interval that begins now.
    init(milliseconds: Int64, from now: Timestamp) {
        self.init(milliseconds: milliseconds, dueAt: now.advanced(byMilliseconds: milliseconds))
    }

    /// Whether the time is up. A moment further away than one interval was set by a clock that has been set back since,
    /// so it counts as due.
    func isDue(at now: Timestamp) -> Bool {
        now >= next || next > now.advanced(byMilliseconds: milliseconds)
    }

    /// Begins the next interval.
    mutating func begin(at now: Timestamp) {
        next = now.advanced(byMilliseconds: milliseconds)
    }
}
