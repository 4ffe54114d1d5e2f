import DequeModule
import EventModel
import IngestAPI
import Synchronization

/// Lets only so many pages be in the making at a time: read from the store, and written as JSON. Only then is it known how large
/// they are, and whether the server's budget for answers has room for them; without turns, thousands of clients that ask for large
/// pages would have all of them in memory before that.
final class PageTurns: Sendable {
    private struct State {
        var free: Int
        var waiting: Deque<CheckedContinuation<Void, Never>> = []
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
        let mayWait = state.withLock { $0.free > 0 || $0.waiting.count < Limits.queuedReads }
        guard mayWait else { throw .overloaded }
        await withCheckedContinuation { continuation in
            let hasTurn = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if hasTurn { continuation.resume() }
        }
    }

    private func pass() {
        let next = state.withLock { state in
            let next = state.waiting.popFirst()
            if next == nil { state.free += 1 }
            return next
        }
        next?.resume()
    }
}
