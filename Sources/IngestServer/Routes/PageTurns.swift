import DequeModule
import EventModel
import IngestAPI
import Synchronization

/// Limits how many answers to reads are made at the same time, above all pages of events and of contacts.
///
/// Making an answer means reading it from the store and writing it as JSON. Only then is it known how large it is, and
/// whether the server's budget for answers has room for it. Without turns, thousands of clients that ask for large
/// pages would have all of these in memory before that.
final class PageTurns: Sendable {
    private struct State {
        var free: Int
        /// Those who wait; each is resumed when its turn comes.
        var waiting: Deque<CheckedContinuation<Bool, Never>> = []
    }

    private let state: Mutex<State>

    init(count: Int = Limits.pagesInTheMaking) {
        state = Mutex(State(free: count))
    }

    /// Waits for a turn, and makes a page.
    ///
    /// - Throws: What `make` throws; ``APIError/overloaded`` if too many wait already.
    func take<Page>(_ make: () async throws -> Page) async throws -> Page {
        try await wait()
        defer { pass() }
        return try await make()
    }

    /// How many wait for their turn.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    private func wait() async throws(APIError) {
        let hasTurn = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            let isKnown: Bool? = state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                guard state.waiting.count < Limits.queuedReads else { return false }
                state.waiting.append(continuation)
                return nil
            }
            if let isKnown { continuation.resume(returning: isKnown) }
        }
        guard hasTurn else { throw .overloaded }
    }

    private func pass() {
        let next = state.withLock { state in
            let next = state.waiting.popFirst()
            if next == nil { state.free += 1 }
            return next
        }
        next?.resume(returning: true)
    }
}
