import EventModel
import IngestAPI

/// The bodies of the routes that change contacts.
enum ContactCheck {
    static func check(_ input: UnsafeRawBufferPointer) throws(Finding) -> Verdict {
        let bytes = Array(input)
        let node = ReferenceJSON.read(bytes).node
        let id = ContactID("cus_0123456789abcdef")
        let changes = [
            try change(node) { () throws(APIError) in try ContactRequest.creation(input) },
            try change(node) { () throws(APIError) in try ContactRequest.update(input, of: nil) },
            try change(node) { () throws(APIError) in try ContactRequest.update(input, of: id) },
            try change(node) { () throws(APIError) in try ContactRequest.unsubscription(input, of: nil) },
            try change(node, mayBeEmpty: bytes.isEmpty) { () throws(APIError) in
                try ContactRequest.unsubscription(input, of: id)
            },
            try change(node) { () throws(APIError) in try ContactRequest.deletion(input) },
        ]
        guard let node, case .create(let contact)? = changes[0] else {
            return changes.contains { $0 != nil } ? .taken : .refused
        }
        try check(contact, node)
        return .taken
    }

    /// A change; nil if the body is refused, which must be because of its content.
    private static func change(
        _ node: ReferenceNode?,
        mayBeEmpty: Bool = false,
        _ make: () throws(APIError) -> ContactChange
    ) throws(Finding) -> ContactChange? {
        let change: ContactChange
        do throws(APIError) {
            change = try make()
        } catch {
            switch error {
            case .badRequest:
                let isTaken = node.map { $0.members != nil && $0.children.allSatisfy { $0.depth < 64 } } ?? false
                try expect(!isTaken, "refuses an object as none")
            case .validationFailed(let faults):
                try expect(node?.members != nil && !faults.isEmpty, "finds fields at fault in what is no object")
            default: throw Finding("a body is answered with \(error)")
            }
            return nil
        }
        try expect(mayBeEmpty || node?.members != nil, "takes what is no object")
        return change
    }

    /// A new contact has the values of the body.
    private static func check(_ contact: NewContact, _ node: ReferenceNode) throws(Finding) {
        try expectSame(contact.email?.address, text("email", node), "the address")
        try expectSame(contact.phoneNumber?.number, text("phone_number", node), "the number")
        try expectSame(utf8(contact.firstName?.text), utf8(text("first_name", node)), "the first name")
        try expectSame(utf8(contact.lastName?.text), utf8(text("last_name", node)), "the last name")
        var tags: [[UInt8]] = []
        for tag in (value("tags", node)?.children ?? []).compactMap(\.text).map({ Array($0.utf8) })
        where !tags.contains(tag) { tags.append(tag) }
        try expectSame(contact.tags.tags.map { Array($0.utf8) }, tags, "the tags")
        try expect(ContactTags.isValid(contact.tags.utf8), "the tags as they are stored")
        let fields = ReferenceJSON.read(contact.customFields.utf8).node
        let wanted = value("custom_fields", node).flatMap(ReferenceMeaning.init) ?? .object([:])
        if let given = value("custom_fields", node), given.isContainer, ReferenceMeaning(given) == nil { return }
        try expectSame(fields.flatMap(ReferenceMeaning.init), wanted, "the custom fields")
        guard let again = try? CustomFields(utf8: contact.customFields.utf8) else {
            throw Finding("refuses its fields")
        }
        try expectSame(again, contact.customFields, "the custom fields, read again")
    }

    private static func value(_ name: String, _ node: ReferenceNode) -> ReferenceNode? {
        let value = node.members?.first { $0.name == Array(name.utf16) }?.value
        if case .null? = value?.content { return nil }
        return value
    }

    private static func text(_ name: String, _ node: ReferenceNode) -> String? { value(name, node)?.text }

    private static func utf8(_ text: String?) -> [UInt8]? { text.map { Array($0.utf8) } }
}
