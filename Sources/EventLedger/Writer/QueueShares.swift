import EventModel

/// What each account has waiting for the writer.
///
/// It is counted from when the queue is more than half full until it is empty: before that no account can hold more
/// than is left.
struct QueueShares {
    private struct Share {
        var count = 0
        var bytes = 0
    }

    private var shares: [Account.ID: Share] = [:]

    init(_ commands: [WriterCommand]) {
        for command in commands { add(command) }
    }

    mutating func add(_ command: WriterCommand) {
        guard let account = command.account else { return }
        let share = shares[account, default: Share()]
        shares[account] = Share(count: share.count + command.count, bytes: share.bytes + command.byteCount)
    }

    mutating func remove(_ command: WriterCommand) {
        guard let account = command.account, let share = shares[account] else { return }
        let left = Share(count: share.count - command.count, bytes: share.bytes - command.byteCount)
        shares[account] = left.count > 0 ? left : nil
    }

    /// Whether the account of a command would hold no more than it leaves to others.
    ///
    /// - Parameters:
    ///   - count: How many commands there is room for besides this one.
    ///   - bytes: How many bytes there is room for besides those of this one.
    func admits(_ command: WriterCommand, leaving count: Int, bytes: Int) -> Bool {
        guard let account = command.account else { return true }
        let share = shares[account, default: Share()]
        return share.count + command.count <= count && share.bytes + command.byteCount <= bytes
    }
}
