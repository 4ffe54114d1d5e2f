import EventModel

/// Makes an event from the members of a body, and lists what is wrong with them.
struct IngestFields {
    private let members: IngestMembers
    private var faults: [InvalidValue] = []

    private init(_ members: IngestMembers) {
        self.members = members
    }

    /// Reads every member, so that one answer lists every fault.
    static func parse(_ members: IngestMembers, headerKey: IdempotencyKeyHeader) -> ParsedIngest {
        var fields = IngestFields(members)
        let type = fields.eventType()
        let contact = fields.contact()
        let time = fields.value(of: .eventTime) { text throws(InvalidValue) in try EventTime(text) }
        let data = fields.eventData()
        let key = fields.key(headerKey)

        if members.holdsRepeatedNames { return .malformed(faults: fields.faults) }
        guard fields.faults.isEmpty, let type, let contact else {
            return .invalid(faults: fields.faults, key: key)
        }
        return .event(NewEvent(type: type, contact: contact, time: time, data: data, idempotencyKey: key))
    }

    private mutating func eventType() -> EventType? {
        if members[.eventType] == nil, !members.isRepeated(.eventType) {
            faults.append(InvalidValue(field: "event_type", message: "is required"))
            return nil
        }
        return value(of: .eventType) { text throws(InvalidValue) in try EventType(text) }
    }

    private mutating func contact() -> ContactReference? {
        let names: [IngestMembers.Name] = [.email, .phone, .privyID]
        let given = names.count { members.isGiven($0) }
        // A repeated name is reported as repeated, not as missing.
        if given > 1 || given == 0 && !names.contains(where: members.isRepeated) {
            faults.append(
                InvalidValue(
                    field: "base",
                    message: given == 0
                        ? "must name the contact: give exactly one of email, phone and privy_id"
                        : "must name one contact only: give exactly one of email, phone and privy_id"
                )
            )
        }
        let email = value(of: .email) { text throws(InvalidValue) in try EmailAddress(text) }
        let phone = value(of: .phone) { text throws(InvalidValue) in try PhoneNumber(text) }
        let id = value(of: .privyID) { text throws(InvalidValue) in
            guard let id = ContactID(text) else {
                throw InvalidValue(
                    field: "privy_id",
                    message: "must be a contact's id: \"cus_\" and 16 characters of a-z and 0-9"
                )
            }
            return id
        }
        guard given == 1 else { return nil }
        return email.map(ContactReference.email) ?? phone.map(ContactReference.phone) ?? id.map(ContactReference.id)
    }

    private mutating func eventData() -> EventData? {
        guard let value = onlyValue(of: .eventData) else { return nil }
        do throws(InvalidValue) {
            return try EventData(value, of: members.scanner.bytes)
        } catch {
            faults.append(error)
            return nil
        }
    }

    /// The key, if there is a valid one. The body's key is used only if there is no header, but a repeated member is a
    /// fault in any case.
    private mutating func key(_ header: IdempotencyKeyHeader) -> IdempotencyKey? {
        switch header {
        case .absent:
            return bodyKey()
        case .key, .fault:
            if members.isRepeated(.idempotencyKey) { _ = onlyValue(of: .idempotencyKey) }
        }
        switch header {
        case .key(let key): return key
        case .fault(let fault): faults.append(fault)
        case .absent: break
        }
        return nil
    }

    /// The body's key, copied straight from the body's bytes if it has no escapes.
    private mutating func bodyKey() -> IdempotencyKey? {
        guard let text = members[.idempotencyKey]?.text, !text.hasEscapes, !members.isRepeated(.idempotencyKey) else {
            return value(of: .idempotencyKey) { text throws(InvalidValue) in try IdempotencyKey(text) }
        }
        do throws(InvalidValue) {
            return try IdempotencyKey(utf8: UnsafeBufferPointer(rebasing: members.scanner.bytes[text.range]))
        } catch {
            faults.append(error)
            return nil
        }
    }

    /// The value that a member's string stands for; nil if the member was left out or is at fault.
    private mutating func value<Value>(
        of name: IngestMembers.Name,
        _ make: (String) throws(InvalidValue) -> Value
    ) -> Value? {
        guard let found = onlyValue(of: name) else { return nil }
        do throws(InvalidValue) {
            return try make(try string(found, name))
        } catch {
            faults.append(error)
            return nil
        }
    }

    private func string(_ value: JSONScanner.Value, _ name: IngestMembers.Name) throws(InvalidValue) -> String {
        guard let text = value.text else {
            throw InvalidValue(field: name.field, message: "must be a string")
        }
        guard let string = members.scanner.string(of: text) else {
            throw InvalidValue(field: name.field, message: "must not contain an unpaired surrogate")
        }
        return string
    }

    /// The value of a member that is given once; a repeated name is a fault.
    private mutating func onlyValue(of name: IngestMembers.Name) -> JSONScanner.Value? {
        guard members.isRepeated(name) else { return members[name] }
        faults.append(InvalidValue(field: name.field, message: "must be given once only"))
        return nil
    }
}
