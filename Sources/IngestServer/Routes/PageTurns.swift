import DequeModule
import EventModel
import IngestAPI
import Synchronization

/// Lets only so many answers of reads be in the making at a time, pages of events and of contacts above all: read from the
/// store, and written as JSON. Only then is it known how large they are, and whether the server's budget for answers has room
/// for them; without turns, thousands of clients that ask for large pages would have all of them in memory before that.
final class PageTurns: Sendable {
    private struct State {
        var free: Int
        /// Those who are told that they have their turn.
        var waiting: Deque<CheckedContinuation<Bool, Never>> = []
    }

    private let state: Mutex<State>

    init(count: Int = Limits.pagesInTheMaking) {
        state = Mutex(State(free: count))
    }

    /// Waits for a turn, and makes a page.
    ///
    /// - Throws: What `make` throws; ``APIError/overloaded`` where too many wait already.
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
