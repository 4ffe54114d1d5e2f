/// How an event names the contact that it is about: by exactly one of these.
public enum ContactReference: Sendable, Hashable, Codable {
    /// By email address; an unknown contact is created.
    case email(EmailAddress)
    /// By phone number; an unknown contact is created.
    case phone(PhoneNumber)
    /// By id; the contact must exist.
    case id(ContactID)
}

extension ContactReference {
    /// Reads a reference by its form: an address with its `@`, even behind a `+`; a number with its `+`; or an id.
    ///
    /// - Throws: ``InvalidValue`` on the field of that form, or on `contact` if it has none of them.
    public init(_ text: String) throws(InvalidValue) {
        if text.utf8.contains(UInt8(ascii: "@")) {
            self = .email(try EmailAddress(text))
        } else if text.utf8.first == UInt8(ascii: "+") {
            self = .phone(try PhoneNumber(text))
        } else if let id = ContactID(text) {
            self = .id(id)
        } else {
            throw InvalidValue(
                field: "contact",
                message: "must be a contact's id (\"cus_\" and 16 characters of a-z and 0-9), an email address, "
                    + "or a phone number with its \"+\""
            )
        }
    }
}
