/// How an event names the contact that it is about: by exactly one of these.
public enum ContactReference: Sendable, Hashable, Codable {
    /// By email address; an unknown contact is created.
    case email(EmailAddress)
    /// By phone number; an unknown contact is created.
    case phone(PhoneNumber)
    /// By id; the contact must exist.
    case id(ContactID)
}
