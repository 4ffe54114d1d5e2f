import DequeModule
import EventLedger
import IngestAPI
import Synchronization

/// Limits how many answers to reads are made at the same time, above all pages of events and of contacts.
///
/// Making an answer means reading it from the store and writing it as JSON. Only then is it known how large it is, and
/// whether the server's budget for answers has room for it. Without turns, thousands of clients that ask for large
/// pages would have all of these in memory before that.
///
/// Accounts take turns: each one's reads wait for its own, not for all that another account has asked for.
final class PageTurns: Sendable {
    private typealias Waiting = CheckedContinuation<Bool, Never>

    private struct State {
        var free: Int
        var isClosed = false
        /// Those who wait, in their order; an account for which nobody waits has no entry.
        var waiting: [Account.ID: Deque<Waiting>] = [:]
        var waitingCount = 0
        /// The accounts for which somebody waits; the next turn is the first one's.
        var accounts: Deque<Account.ID> = []

        /// An account has no more places than it leaves, so that others always find one.
        func hasPlace(for account: Account.ID) -> Bool {
            (waiting[account]?.count ?? 0) < Limits.queuedReads - waitingCount
        }

        mutating func append(_ next: Waiting, for account: Account.ID) {
            if waiting[account] == nil { accounts.append(account) }
            waiting[account, default: []].append(next)
            waitingCount += 1
        }

        mutating func popFirst() -> Waiting? {
            guard let account = accounts.popFirst(), let next = waiting[account]?.popFirst() else { return nil }
            waitingCount -= 1
            if waiting[account]?.isEmpty == false { accounts.append(account) } else { waiting[account] = nil }
            return next
        }
    }

    private let state: Mutex<State>

    init(count: Int = Limits.pagesInTheMaking) {
        state = Mutex(State(free: count))
    }

    /// Waits for a turn, and makes a page.
    ///
    /// - Parameter account: Whose page it is.
    /// - Throws: What `make` throws; ``APIError/overloaded`` if too many wait already, or after ``close()``.
    func take<Page>(for account: Account.ID, _ make: () async throws -> Page) async throws -> Page {
        try await wait(for: account)
        defer { pass() }
        return try await make()
    }

    /// Turns away those who wait, and everybody from now on.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            var waiting: [Waiting] = []
            while let next = state.popFirst() { waiting.append(next) }
            return waiting
        }
        for next in waiting { next.resume(returning: false) }
    }

    /// How many wait for their turn.
    var waitingCount: Int { state.withLock(\.waitingCount) }

    private func wait(for account: Account.ID) async throws(APIError) {
        let hasTurn = await withCheckedContinuation { (continuation: Waiting) in
            let isKnown: Bool? = state.withLock { state in
                guard !state.isClosed else { return false }
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                guard state.hasPlace(for: account) else { return false }
                state.append(continuation, for: account)
                return nil
            }
            if let isKnown { continuation.resume(returning: isKnown) }
        }
        guard hasTurn else { throw .overloaded }
    }

    private func pass() {
        let next = state.withLock { state in
            let next = state.popFirst()
            if next == nil { state.free += 1 }
            return next
        }
        next?.resume(returning: true)
    }
}
