import EventModel

/// The members of a body about a contact, read one by one, and what is wrong with them.
struct ContactMembers {
    /// The names that are read in any of the bodies.
    enum Name: String, CaseIterable {
        case id
        case privyID = "privy_id"
        case email
        case phoneNumber = "phone_number"
        case firstName = "first_name"
        case lastName = "last_name"
        case tags
        case customFields = "custom_fields"
        case reason
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var values: [Name: JSONScanner.Value] = [:]
    private(set) var faults: [InvalidValue] = []

    /// Reads a text that is one object. Members whose names are not in `names` are skipped.
    ///
    /// - Parameter text: The text, which must stay in place for as long as the members are read.
    init(_ text: UnsafeBufferPointer<UInt8>, _ names: Set<Name>) throws(JSONFault) {
        bytes = text
        var scanner = JSONScanner(text)
        try scanner.expectStart()
        guard scanner.next == UInt8(ascii: "{") else { throw scanner.faultOfText(.notAnObject) }
        var seen: Set<Name> = []
        try scanner.members { (scanner: inout JSONScanner, text: JSONScanner.Text) throws(JSONFault) in
            let name = scanner.string(of: text).flatMap(Name.init(rawValue:)).flatMap { names.contains($0) ? $0 : nil }
            let value = try scanner.value()
            guard value.depth < Limits.requestBodyDepth else {
                throw JSONFault(kind: .tooDeep(limit: Limits.requestBodyDepth), offset: value.range.lowerBound)
            }
            guard let name else { return }
            if seen.insert(name).inserted {
                values[name] = value
            } else {
                faults.append(InvalidValue(field: name.rawValue, message: "must be given once only"))
            }
        }
        try scanner.expectEnd()
    }

    /// Whether a member was given as null.
    func isNull(_ name: Name) -> Bool { values[name]?.kind == .null }

    /// Whether a member was given, and not as null.
    func isGiven(_ name: Name) -> Bool { values[name].map { $0.kind != .null } ?? false }

    /// The value that a member stands for; nil if the member was left out, is null, or is at fault.
    mutating func value<Value>(
        of name: Name,
        _ make: (JSONScanner.Value, UnsafeBufferPointer<UInt8>) throws(InvalidValue) -> Value
    ) -> Value? {
        guard isGiven(name), let value = values[name] else { return nil }
        do throws(InvalidValue) {
            return try make(value, bytes)
        } catch {
            add(InvalidValue(field: name.rawValue, message: error.message))
            return nil
        }
    }

    /// The value that a member's string stands for; nil if the member was left out, is null, or is at fault.
    mutating func text<Value>(of name: Name, _ make: (String) throws(InvalidValue) -> Value) -> Value? {
        value(of: name) { (value, bytes) throws(InvalidValue) in
            guard let text = value.text else {
                throw InvalidValue(field: name.rawValue, message: "must be a string")
            }
            guard let string = JSONScanner(bytes).string(of: text) else {
                throw InvalidValue(field: name.rawValue, message: "must not contain an unpaired surrogate")
            }
            return try make(string)
        }
    }

    /// Adds a fault.
    mutating func add(_ fault: InvalidValue) { faults.append(fault) }

    /// Checks that there are no faults.
    func check() throws(APIError) {
        guard faults.isEmpty else { throw .validationFailed(faults) }
    }
}

extension ContactMembers {
    mutating func email() -> EmailAddress? {
        text(of: .email) { text throws(InvalidValue) in try EmailAddress(text) }
    }

    mutating func phoneNumber() -> PhoneNumber? {
        text(of: .phoneNumber) { text throws(InvalidValue) in try PhoneNumber(text) }
    }

    mutating func contactName(_ name: Name) -> ContactName? {
        text(of: name) { text throws(InvalidValue) in try ContactName(text) }
    }

    mutating func tags() -> ContactTags? {
        value(of: .tags) { (value, bytes) throws(InvalidValue) in try ContactTags(value, of: bytes) }
    }

    mutating func customFields() -> CustomFields? {
        value(of: .customFields) { (value, bytes) throws(InvalidValue) in try CustomFields(value, of: bytes) }
    }

    mutating func reason() -> UnsubscribeReason? {
        text(of: .reason) { text throws(InvalidValue) in try UnsubscribeReason(text) }
    }

    /// The contact's id, given as `id` or as `privy_id`.
    mutating func contactID(_ name: Name) -> ContactID? {
        text(of: name) { text throws(InvalidValue) in
            guard let id = ContactID(text) else {
                throw InvalidValue(
                    field: name.rawValue,
                    message: "must be a contact's id: \"cus_\" and 16 characters of a-z and 0-9"
                )
            }
            return id
        }
    }
}
