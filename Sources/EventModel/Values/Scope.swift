/// What a token allows.
public enum Scope: String, Sendable, Hashable, CaseIterable, Codable {
    /// Read contacts.
    case contactsRead = "contacts_read"
    /// Create, change and delete contacts.
    case contactsWrite = "contacts_write"
    /// Ingest events.
    case eventsWrite = "events_write"
    /// Read the feed.
    case eventsRead = "events_read"
}

/// A set of scopes, kept as one small integer.
public struct ScopeSet: Sendable, Hashable, Codable {
    /// One bit for each scope: 1 `contacts_read`, 2 `contacts_write`, 4 `events_write`, 8 `events_read`.
    public let rawValue: UInt8

    /// Creates a set from its bits; bits that stand for no scope are dropped.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue & 0b1111
    }

    /// Creates a set from scopes.
    public init(_ scopes: some Sequence<Scope>) {
        self.init(rawValue: scopes.reduce(0) { $0 | ScopeSet.bit(of: $1) })
    }

    /// Whether `scope` is in the set.
    public func contains(_ scope: Scope) -> Bool {
        rawValue & ScopeSet.bit(of: scope) != 0
    }

    /// Whether another set has all scopes of this one.
    public func isSubset(of other: ScopeSet) -> Bool {
        rawValue & ~other.rawValue == 0
    }

    /// The scopes of the set, in the order of their declaration.
    public var scopes: [Scope] {
        Scope.allCases.filter(contains)
    }

    private static func bit(of scope: Scope) -> UInt8 {
        switch scope {
        case .contactsRead: 1
        case .contactsWrite: 2
        case .eventsWrite: 4
        case .eventsRead: 8
        }
    }
}
