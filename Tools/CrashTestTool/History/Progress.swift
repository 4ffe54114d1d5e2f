import Synchronization

/// The progress of a load, shared by its clients.
final class Progress: Sendable {
    private struct State {
        var taken = 0
        var answered = 0
        var isOver = false
        var left: [String] = []
    }

    private let state = Mutex(State())

    init(asking keys: [String] = []) {
        state.withLock { $0.left = keys }
    }

    /// The number of the next event.
    func next() -> Int {
        state.withLock { state in
            defer { state.taken += 1 }
            return state.taken
        }
    }

    /// A key that nobody has asked for yet.
    func nextKey() -> String? { state.withLock { $0.left.popLast() } }

    func noteAnswer() {
        state.withLock { $0.answered += 1 }
    }

    var answered: Int { state.withLock { $0.answered } }
    var isOver: Bool { state.withLock { $0.isOver } }

    /// Ends the load.
    ///
    /// - Returns: Whether it had not ended before.
    @discardableResult
    func end() -> Bool {
        state.withLock { state in
            defer { state.isOver = true }
            return !state.isOver
        }
    }
}
