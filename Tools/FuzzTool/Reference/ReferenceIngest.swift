import EventModel

/// The expected result of the body of an ingest, by the contract.
struct ReferenceIngest {
    enum Expectation: Equatable {
        case event(NewEvent)
        case invalid(fields: [String], key: [UInt8]?)
        case malformed(fields: [String])
    }

    private enum Member {
        case missing
        case given(ReferenceNode)
        case repeated

        var isMissing: Bool {
            if case .missing = self { true } else { false }
        }
    }

    private let bytes: [UInt8]
    private let members: [(name: [UInt16], value: ReferenceNode)]
    private var fields: [String] = []
    private var holdsRepeated = false

    /// - Parameter header: The value of the `Idempotency-Key` header; nil if there is none.
    /// - Returns: Nil if it cannot be determined.
    static func expectation(of bytes: [UInt8], header: String?) throws(Finding) -> Expectation? {
        switch ReferenceJSON.read(bytes) {
        case .tooDeepToTell: return nil
        case .noJSON: return .malformed(fields: ["base"])
        case .value(let node): return try expectation(of: node, in: bytes, header: header)
        }
    }

    private static func expectation(
        of node: ReferenceNode,
        in bytes: [UInt8],
        header: String?
    ) throws(Finding) -> Expectation {
        guard let members = node.members else { return .malformed(fields: ["base"]) }
        let data = Array("event_data".utf16)
        for (name, value) in members where name != data && value.isContainer && value.depth + 1 > 64 {
            return .malformed(fields: ["base"])
        }
        var reference = ReferenceIngest(bytes: bytes, members: members)
        return try reference.read(header)
    }

    private init(bytes: [UInt8], members: [(name: [UInt16], value: ReferenceNode)]) {
        self.bytes = bytes
        self.members = members
    }

    private mutating func read(_ header: String?) throws(Finding) -> Expectation {
        let type = text("event_type", isRequired: true, ReferenceFields.isType)
        // Every null counts as omitted, even for a repeated name; but a repeated name is not reported as missing.
        let contact = ["email", "phone", "privy_id"]
        let given = contact.count { nodes($0).contains { !$0.isNull } }
        if given > 1 || given == 0 && contact.allSatisfy({ nodes($0).count < 2 }) { fields.append("base") }
        let email = text("email", ReferenceFields.isEmail)
        let phone = text("phone", ReferenceFields.isPhone)
        let id = text("privy_id", ReferenceFields.isContactID)
        let time = text("event_time") { ReferenceFields.time($0) != nil }
        let data = data()
        let key = key(header)
        if holdsRepeated { return .malformed(fields: fields) }
        guard fields.isEmpty else { return .invalid(fields: fields, key: key.map { Array($0.utf8) }) }
        do {
            let contact: ContactReference? =
                if let email {
                    .email(try EmailAddress(email))
                } else if let phone {
                    .phone(try PhoneNumber(phone))
                } else {
                    id.flatMap { ContactID($0) }.map { .id($0) }
                }
            guard let contact, let type else { throw Finding("no event can be made of good values") }
            return .event(
                NewEvent(
                    type: try EventType(type),
                    contact: contact,
                    time: try time.map { try EventTime($0) },
                    data: data.map { EventData(stored: $0) },
                    idempotencyKey: try key.map { try IdempotencyKey($0) }
                )
            )
        } catch {
            throw Finding("a good value is refused: \(error)")
        }
    }

    private func member(_ name: String) -> Member {
        let found = nodes(name)
        guard let first = found.first else { return .missing }
        guard found.count == 1 else { return .repeated }
        return first.isNull ? .missing : .given(first)
    }

    private func nodes(_ name: String) -> [ReferenceNode] {
        members.filter { $0.name == Array(name.utf16) }.map(\.value)
    }

    private mutating func only(_ name: String) -> ReferenceNode? {
        switch member(name) {
        case .missing: return nil
        case .given(let node): return node
        case .repeated:
            holdsRepeated = true
            fields.append(name)
            return nil
        }
    }

    private mutating func text(_ name: String, isRequired: Bool = false, _ isGood: (String) -> Bool) -> String? {
        if isRequired, member(name).isMissing { fields.append(name) }
        guard let node = only(name) else { return nil }
        if let text = node.text, isGood(text) { return text }
        fields.append(name)
        return nil
    }

    private mutating func data() -> [UInt8]? {
        guard let node = only("event_data") else { return nil }
        if node.members != nil, node.depth <= 10 { return Array(bytes[node.range]) }
        fields.append("event_data")
        return nil
    }

    /// The header wins, valid or not; only a repeated member is a fault nevertheless.
    private mutating func key(_ header: String?) -> String? {
        guard let header else { return text("idempotency_key", ReferenceFields.isKey) }
        if case .repeated = member("idempotency_key") { _ = only("idempotency_key") }
        if let key = ReferenceFields.key(ofHeader: header) { return key }
        fields.append("idempotency_key")
        return nil
    }
}
