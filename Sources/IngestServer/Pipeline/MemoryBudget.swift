import Synchronization

/// How many bytes may be held in memory at a time, over all connections of a server: of bodies while they come in, or of
/// answers until they are out. Without it ten thousand clients that each send nearly all of a large batch, or ask for a page
/// that they do not read, would take as many times its size.
final class MemoryBudget: Sendable {
    private let left: Atomic<Int>

    init(bytes: Int) {
        left = Atomic(bytes)
    }

    /// Takes a part of the budget.
    ///
    /// - Returns: False where there is not so much left; nothing is taken then.
    func take(_ bytes: Int) -> Bool {
        guard left.subtract(bytes, ordering: .relaxed).newValue < 0 else { return true }
        giveBack(bytes)
        return false
    }

    /// Gives back what was taken.
    func giveBack(_ bytes: Int) {
        left.add(bytes, ordering: .relaxed)
    }
}
