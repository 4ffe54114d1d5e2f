import Synchronization

/// How many bytes may be held in memory at a time, over all connections of a server.
///
/// The bytes are those of bodies while they come in, or of answers until they are out. Without the budget, ten thousand
/// clients that each send nearly all of a large batch, or ask for a page that they do not read, would take ten thousand
/// times its size.
final class MemoryBudget: Sendable {
    private let left: Atomic<Int>

    init(bytes: Int) {
        left = Atomic(bytes)
    }

    /// Takes a part of the budget.
    ///
    /// - Returns: False if not enough is left; then nothing is taken.
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

/// A part of a budget. It is given back when nothing refers to it any more.
final class MemoryReservation: Sendable {
    private let budget: MemoryBudget
    private let bytes: Int

    /// - Parameter bytes: How much was taken from the budget already.
    init(of budget: MemoryBudget, taken bytes: Int) {
        self.budget = budget
        self.bytes = bytes
    }

    /// Takes a part of a budget; nil if not enough is left.
    convenience init?(of budget: MemoryBudget, bytes: Int) {
        guard budget.take(bytes) else { return nil }
        self.init(of: budget, taken: bytes)
    }

    deinit {
        budget.giveBack(bytes)
    }
}
