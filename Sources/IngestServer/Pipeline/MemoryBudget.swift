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
        var known = left.load(ordering: .relaxed)
        while known >= bytes {
            let (isTaken, found) = left.weakCompareExchange(expected: known, desired: known - bytes, ordering: .relaxed)
            if isTaken { return true }
            known = found
        }
        return false
    }

    /// Gives back what was taken.
    func giveBack(_ bytes: Int) {
        left.add(bytes, ordering: .relaxed)
    }
}

/// A part of a budget. It goes back when nobody holds on to it any more.
final class MemoryReservation: Sendable {
    private let budget: MemoryBudget
    private let bytes: Int

    /// - Parameter bytes: How much was taken from the budget already.
    init(of budget: MemoryBudget, taken bytes: Int) {
        self.budget = budget
        self.bytes = bytes
    }

    /// Takes a part of a budget; nil where there is not so much left.
    convenience init?(of budget: MemoryBudget, bytes: Int) {
        guard budget.take(bytes) else { return nil }
        self.init(of: budget, taken: bytes)
    }

    deinit {
        budget.giveBack(bytes)
    }
}
