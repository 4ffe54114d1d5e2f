/// What kind of event it is: 1 to 128 characters, each a letter, a digit, `_` or `-`.
public struct EventType: Sendable, Hashable {
    /// The type's name, ASCII only.
    public let name: String

    /// Checks `name` against `^[A-Za-z0-9_-]+$` and ``Limits/eventTypeCharacters``.
    ///
    /// - Throws: ``InvalidValue`` on the field `event_type`.
    public init(_ name: String) throws(InvalidValue) {
        let bytes = name.utf8
        guard (1...Limits.eventTypeCharacters).contains(bytes.count) else {
            throw InvalidValue(
                field: "event_type",
                message: "must have 1 to \(Limits.eventTypeCharacters) characters"
            )
        }
        guard bytes.allSatisfy(EventType.allows) else {
            throw InvalidValue(field: "event_type", message: "may hold only letters, digits, \"_\" and \"-\"")
        }
        self.name = name
    }

    /// Creates a type from a stored name, which was checked when it was stored.
    package init(stored name: String) {
        self.name = name
    }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default:
            false
        }
    }
}

extension EventType: CustomStringConvertible {
    /// The type's name.
    public var description: String { name }
}
