/// How an event names the contact that it is about: by exactly one of these.
public enum ContactReference: Sendable, Hashable, Codable {
    /// By address; a contact that is not known yet is created.
    case email(EmailAddress)
    /// By number; a contact that is not known yet is created.
    case phone(PhoneNumber)
    /// By id; the contact must exist.
    case id(ContactID)
}
