/// An account: the owner of contacts, events, keys and tokens. No account ever sees anything of another.
public struct Account: Sendable, Hashable, Codable {
    /// The number of an account within its store, from 1 to ``Limits/accounts``.
    public struct ID: Sendable, Hashable, Comparable, Codable {
        /// The number.
        public let rawValue: Int64

        /// Creates an id from its number.
        package init(rawValue: Int64) {
            self.rawValue = rawValue
        }

        /// Orders ids by number.
        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// The account that every new store has.
    public static let defaultName = "default"

    /// The account's number in its store.
    public var id: ID
    /// The account's name, unique in its store.
    public var name: String
    /// Whether a key that is sent again with another payload is refused instead of answered.
    public var isStrict: Bool
    /// How long the account's keys go on answering after they were first accepted, in milliseconds; nil means for ever.
    public var keyRetentionMilliseconds: Int64?
    /// How many requests the account may send.
    public var rateLimits: RateLimits
    /// When the account was created.
    public var createdAt: Timestamp

    /// Creates the description of an account.
    package init(
        id: ID,
        name: String,
        isStrict: Bool,
        keyRetentionMilliseconds: Int64? = nil,
        rateLimits: RateLimits = RateLimits(),
        createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.isStrict = isStrict
        self.keyRetentionMilliseconds = keyRetentionMilliseconds
        self.rateLimits = rateLimits
        self.createdAt = createdAt
    }

    /// Checks a name: 1 to 128 characters of `a-z`, `0-9`, `_` and `-`, the first a letter or a digit.
    ///
    /// - Throws: ``InvalidValue`` on the field `account`.
    public static func checkName(_ name: String) throws(InvalidValue) {
        let bytes = name.utf8
        let isValid =
            (1...Limits.nameCharacters).contains(bytes.count)
            && bytes.first != UInt8(ascii: "_") && bytes.first != UInt8(ascii: "-")
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default:
                    false
                }
            }
        guard isValid else {
            throw InvalidValue(
                field: "account",
                message: "must have 1 to \(Limits.nameCharacters) characters of a-z, 0-9, \"_\" and \"-\", "
                    + "the first a letter or a digit"
            )
        }
    }
}
