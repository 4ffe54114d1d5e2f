import EventModel

/// The members of an event that are read, as ranges of its text; all others are checked and skipped.
///
/// One instance reads any number of events, one after the other, so that a batch does not allocate for each of them.
struct IngestMembers {
    /// The names that are read, in the order in which their faults are listed.
    enum Name: Int, CaseIterable {
        case eventType, email, phone, privyID, eventTime, eventData, idempotencyKey

        var spelling: StaticString {
            switch self {
            case .eventType: "event_type"
            case .email: "email"
            case .phone: "phone"
            case .privyID: "privy_id"
            case .eventTime: "event_time"
            case .eventData: "event_data"
            case .idempotencyKey: "idempotency_key"
            }
        }

        var field: String { "\(spelling)" }

        /// The names of a length, so that a name is compared only with those that it can equal.
        static func ofLength(_ length: Int) -> [Name] {
            switch length {
            case 5: [.email, .phone]
            case 8: [.privyID]
            case 10: [.eventType, .eventTime, .eventData]
            case 15: [.idempotencyKey]
            default: []
            }
        }
    }

    /// A scanner of the bytes that the values are ranges of.
    private(set) var scanner: JSONScanner
    /// One value for each name.
    private var values = [JSONScanner.Value?](repeating: nil, count: Name.allCases.count)
    /// The names that occurred, and those that occurred more than once, one bit each.
    private var seen: UInt8 = 0
    private var repeated: UInt8 = 0
    /// The names that occurred with a value other than null.
    private var given: UInt8 = 0

    /// Creates members that have read nothing yet.
    init() {
        scanner = JSONScanner(UnsafeBufferPointer(start: nil, count: 0))
    }

    /// Reads a text that is one object with only white space around it.
    mutating func read(_ text: UnsafeBufferPointer<UInt8>) throws(JSONFault) {
        var scanner = JSONScanner(text)
        try scanner.expectStart()
        guard scanner.next == UInt8(ascii: "{") else { throw scanner.faultOfText(.notAnObject) }
        try read(next: &scanner)
        try scanner.expectEnd()
    }

    /// Reads an object that comes next in a text. After a fault, the scanner may be anywhere in the object.
    mutating func read(next scanner: inout JSONScanner) throws(JSONFault) {
        clear()
        guard scanner.next == UInt8(ascii: "{") else { throw scanner.fault(.notAnObject) }
        try scanner.members { (scanner: inout JSONScanner, text: JSONScanner.Text) throws(JSONFault) in
            let name = IngestMembers.name(of: text, scanner)
            let value = try scanner.value()
            try IngestMembers.checkDepth(of: value, named: name)
            guard let name else { return }
            let bit = IngestMembers.bit(of: name)
            repeated |= seen & bit
            seen |= bit
            if value.kind != .null { given |= bit }
            values[name.rawValue] = value.kind == .null ? nil : value
        }
        self.scanner = JSONScanner(scanner.bytes)
    }

    /// A member's value; nil if it was left out or is null, which is the same.
    subscript(name: Name) -> JSONScanner.Value? { values[name.rawValue] }

    /// Whether a member was given more than once. A null counts as well: two readers could disagree on which one is
    /// meant.
    func isRepeated(_ name: Name) -> Bool { repeated & IngestMembers.bit(of: name) != 0 }

    /// Whether a member was given at least once with a value other than null; a null is the same as leaving the member
    /// out.
    func isGiven(_ name: Name) -> Bool { given & IngestMembers.bit(of: name) != 0 }

    /// Whether any of the names was given more than once.
    var holdsRepeatedNames: Bool { repeated != 0 }

    private mutating func clear() {
        for index in values.indices { values[index] = nil }
        seen = 0
        repeated = 0
        given = 0
    }

    private static func bit(of name: Name) -> UInt8 { 1 << UInt8(name.rawValue) }

    private static func name(of text: JSONScanner.Text, _ scanner: JSONScanner) -> Name? {
        let names = text.hasEscapes ? Name.allCases : Name.ofLength(text.range.count)
        for name in names where scanner.text(text, equals: name.spelling) { return name }
        return nil
    }

    /// The event's own object is level 0, so a container among its members is level 1. How deep `event_data` may nest is
    /// a rule of that field.
    private static func checkDepth(of value: JSONScanner.Value, named name: Name?) throws(JSONFault) {
        guard name != .eventData, value.kind == .object || value.kind == .array,
            value.depth + 1 > Limits.requestBodyDepth
        else { return }
        throw JSONFault(kind: .tooDeep(limit: Limits.requestBodyDepth), offset: value.range.lowerBound)
    }
}
