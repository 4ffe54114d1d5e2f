import Synchronization

/// What the clients of a run requested and were answered: the log that the store is checked against.
final class History: Sendable {
    /// What is known of one key.
    struct Key {
        /// When it was first sent, and when it was first answered.
        var firstSent: ContinuousClock.Instant
        var firstAnswered: ContinuousClock.Instant?
        /// The event that every answer has to name.
        var eventID: String?
        /// How many times it was answered as new.
        var acceptances = 0
    }

    private struct State {
        var keys: [String: Key] = [:]
        var answers = 0
        var violations: [String] = []
        /// How many times the server answered that it could not.
        var refusals = 0
        /// The keys that were sent since they were last taken.
        var recent: [String] = []
    }

    private let state = Mutex(State())

    /// Records that a key is about to be sent.
    func willSend(_ key: String) {
        let now = ContinuousClock.now
        state.withLock { state in
            guard state.keys[key] == nil else { return }
            state.keys[key] = Key(firstSent: now)
            state.recent.append(key)
        }
    }

    /// Takes the keys that were first sent since the last call.
    func takeRecentKeys() -> [String] {
        state.withLock { state in
            defer { state.recent = [] }
            return state.recent
        }
    }

    /// Records an answer: all answers for a key must name the same event, and at most one is not a replay.
    func note(_ eventID: String, isReplay: Bool, of key: String) {
        let now = ContinuousClock.now
        state.withLock { state in
            state.answers += 1
            guard var known = state.keys[key] else { return state.violations.append("an answer to \(key), never sent") }
            if known.firstAnswered == nil { known.firstAnswered = now }
            if let first = known.eventID, first != eventID {
                state.violations.append("\(key) was answered \(first) and then \(eventID)")
            }
            known.eventID = known.eventID ?? eventID
            if !isReplay { known.acceptances += 1 }
            if known.acceptances > 1 { state.violations.append("\(key) was accepted \(known.acceptances) times") }
            state.keys[key] = known
        }
    }

    /// Records that the server answered that it could not.
    func noteRefusal() {
        state.withLock { $0.refusals += 1 }
    }

    var refusals: Int { state.withLock { $0.refusals } }

    /// Records a broken promise.
    func violate(_ description: String) {
        state.withLock { $0.violations.append(description) }
    }

    var violations: [String] { state.withLock { $0.violations } }
    /// The answers so far, and the keys that were answered.
    var answers: Int { state.withLock { $0.answers } }
    var acknowledgedKeys: Int { state.withLock { state in state.keys.values.count { $0.eventID != nil } } }
    var keys: [String: Key] { state.withLock { $0.keys } }
}

/// An event as the feed shows it.
struct FeedEvent: Sendable, Hashable {
    var id: String
    var key: String
}

/// Checks the feed against the clients' log.
enum HistoryCheck {
    /// - Parameters:
    ///   - feed: The whole feed, read at the end.
    ///   - readers: What each reader saw that followed the feed during the run.
    static func violations(_ history: History, feed: [FeedEvent], readers: [[FeedEvent]]) -> [String] {
        var violations = history.violations
        let keys = history.keys
        var events: [String: String] = [:]
        for event in feed {
            if let first = events[event.key] {
                violations.append("\(event.key) has two events, \(first) and \(event.id)")
            }
            events[event.key] = event.id
            if keys[event.key] == nil { violations.append("the feed has \(event.key), which nobody sent") }
        }
        if Set(feed.map(\.id)).count != feed.count { violations.append("an event is in the feed twice") }
        for (key, known) in keys {
            guard let id = known.eventID else { continue }
            if events[key] != id {
                violations.append("\(key) was answered \(id), and the feed has \(events[key] ?? "nothing")")
            }
        }
        violations += order(feed, keys)
        for (number, reader) in readers.enumerated() where !feed.starts(with: reader) {
            let place = zip(feed, reader).enumerated().first { $1.0 != $1.1 }?.offset ?? feed.count
            violations.append("reader \(number) saw a hole, or something came late, at place \(place)")
        }
        return violations
    }

    /// An event that was answered before another was sent comes before it.
    private static func order(_ feed: [FeedEvent], _ keys: [String: History.Key]) -> [String] {
        var latest: (sent: ContinuousClock.Instant, key: String)?
        for event in feed {
            guard let key = keys[event.key] else { continue }
            if let latest, let answered = key.firstAnswered, answered < latest.sent {
                return ["\(event.key) was answered before \(latest.key) was sent, and stands behind it"]
            }
            if latest.map({ key.firstSent > $0.sent }) ?? true { latest = (key.firstSent, event.key) }
        }
        return []
    }
}
