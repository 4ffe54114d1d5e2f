import EventLedger
import Synchronization

/// How many bytes may be held in memory at a time, over all connections of a server.
///
/// The bytes are those of bodies while they come in, or of answers until they are out. Without the budget, ten thousand
/// clients that each send nearly all of a large batch, or ask for a page that they do not read, would take ten thousand
/// times its size.
///
/// An account gets no more than it leaves: half of the budget if it is alone, less if others hold some. So however much
/// the clients of one account ask for, there is room for those of another.
final class MemoryBudget: Sendable {
    private struct State {
        var left: Int
        /// What each account holds; an account that holds nothing has no entry.
        var held: [Account.ID: Int] = [:]
    }

    private let state: Mutex<State>

    init(bytes: Int) {
        state = Mutex(State(left: bytes))
    }

    /// Takes a part of the budget.
    ///
    /// - Parameter account: For whom; nil for nobody's, which may take all that is left.
    /// - Returns: False if not enough is left; then nothing is taken.
    func take(_ bytes: Int, for account: Account.ID? = nil) -> Bool {
        state.withLock { state in
            let left = state.left - bytes
            guard left >= 0 else { return false }
            if let account {
                let held = state.held[account, default: 0] + bytes
                guard held <= left else { return false }
                state.held[account] = held
            }
            state.left = left
            return true
        }
    }

    /// Gives back what was taken for the same account.
    func giveBack(_ bytes: Int, of account: Account.ID? = nil) {
        state.withLock { state in
            state.left += bytes
            guard let account, let held = state.held[account] else { return }
            state.held[account] = held > bytes ? held - bytes : nil
        }
    }
}

/// A part of a budget. It is given back when nothing refers to it any more.
final class MemoryReservation: Sendable {
    private let budget: MemoryBudget
    private let bytes: Int
    private let account: Account.ID?

    /// - Parameter bytes: How much was taken from the budget for the account already.
    init(of budget: MemoryBudget, taken bytes: Int, for account: Account.ID?) {
        self.budget = budget
        self.bytes = bytes
        self.account = account
    }

    /// Takes a part of a budget; nil if not enough is left.
    convenience init?(of budget: MemoryBudget, bytes: Int, for account: Account.ID?) {
        guard budget.take(bytes, for: account) else { return nil }
        self.init(of: budget, taken: bytes, for: account)
    }

    deinit {
        budget.giveBack(bytes, of: account)
    }
}
