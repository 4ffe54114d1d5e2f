import EventModel

/// Follows the numbers of many accounts, in the order of their positions, and reports where one is missing.
struct SequenceCheck {
    let name: String
    let erased: [Position: Position]
    /// The highest number that each account gave out.
    var last: [Account.ID: Int64]
    private var account: Account.ID?
    private var expected: Int64 = 1

    init(name: String, erased: [Position: Position], last: [Account.ID: Int64]) {
        self.name = name
        self.erased = erased
        self.last = last
    }

    mutating func add(_ position: Position, _ findings: inout Findings) {
        if position.account != account {
            endAccount(&findings)
            account = position.account
            expected = 1
            if last[position.account] == nil {
                findings.add("sequences", "\(name)s of account \(position.account.rawValue), which does not exist")
            }
        }
        passOverErased()
        if position.number != expected {
            findings.add(
                "sequences",
                "\(name) \(expected) of account \(position.account.rawValue) is missing before \(position.number)"
            )
        }
        expected = position.number + 1
    }

    mutating func finish(_ findings: inout Findings) {
        endAccount(&findings)
        for (account, last) in last.sorted(by: { $0.key < $1.key }) where last > 0 {
            self.account = account
            expected = 1
            endAccount(&findings)
        }
    }

    private mutating func endAccount(_ findings: inout Findings) {
        guard let account, let given = last.removeValue(forKey: account) else { return }
        passOverErased()
        if expected &- 1 != given {
            findings.add(
                "sequences",
                "account \(account.rawValue) gave out \(name)s up to \(given), but they are stored up to \(expected - 1)"
            )
        }
        // A later row of the same account would be out of order, which the primary key rules out.
        last[account] = 0
    }

    private mutating func passOverErased() {
        guard let account, expected <= Limits.sequencePerAccount else { return }
        while let end = erased[Position(storedAccount: account.rawValue, number: expected)], end.number >= expected {
            expected = end.number + 1
        }
    }
}
