/// Where a row stands: its account, and its number within the account, in one integer that leads with the account.
struct Position: Sendable, Hashable {
    /// The bits of the number; the 23 above them are the account's.
    static let numberBits: Int64 = 40
    private static let numberMask: Int64 = (1 << numberBits) - 1

    /// The integer as it is stored.
    let rawValue: Int64

    init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    init(account: Account.ID, number: Int64) {
        precondition((1...Int64(Limits.accounts)).contains(account.rawValue), "an account's number has 23 bits")
        precondition((0...Position.numberMask).contains(number), "a number within an account has 40 bits")
        self.rawValue = account.rawValue << Position.numberBits | number
    }

    /// Makes a position of stored parts. If a part is one that no position can have, as in a damaged file, it takes the
    /// bits that fit.
    init(storedAccount account: Int64, number: Int64) {
        rawValue = (account & Int64(Limits.accounts)) << Position.numberBits | number & Position.numberMask
    }

    var account: Account.ID { Account.ID(rawValue: rawValue >> Position.numberBits) }
    var number: Int64 { rawValue & Position.numberMask }

    /// The position before the first one of an account.
    static func start(of account: Account.ID) -> Position {
        Position(storedAccount: account.rawValue, number: 0)
    }
    /// The last position that an account can have.
    static func end(of account: Account.ID) -> Position {
        Position(storedAccount: account.rawValue, number: numberMask)
    }
}
