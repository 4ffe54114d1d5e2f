import EventModel

/// What each account has waiting for the writer.
///
/// It is counted only while the queue is more than half full: until then no account can hold more than is left.
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
        shares[account, default: Share()].count += command.count
        shares[account, default: Share()].bytes += command.byteCount
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
