/// A contact: the person or thing that events are about.
public struct Contact: Sendable, Hashable, Codable {
    /// The contact's public id.
    public var id: ContactID
    /// The address as it was first given.
    public var email: EmailAddress?
    /// The phone number.
    public var phoneNumber: PhoneNumber?
    /// The first name, if it is known.
    public var firstName: String?
    /// The last name, if it is known.
    public var lastName: String?
    /// The tags.
    public var tags: ContactTags
    /// What else is known.
    public var customFields: CustomFields
    /// When the contact was unsubscribed from marketing; nil if it was not.
    public var unsubscribedAt: Timestamp?
    /// Why it was unsubscribed, if that is known.
    public var unsubscribeReason: UnsubscribeReason?
    /// When the contact was created.
    public var createdAt: Timestamp
    /// When the contact was last changed.
    public var updatedAt: Timestamp

    /// Creates the description of a contact.
    package init(
        id: ContactID,
        email: EmailAddress?,
        phoneNumber: PhoneNumber?,
        firstName: String? = nil,
        lastName: String? = nil,
        tags: ContactTags = .none,
        customFields: CustomFields = .none,
        unsubscribedAt: Timestamp? = nil,
        unsubscribeReason: UnsubscribeReason? = nil,
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.email = email
        self.phoneNumber = phoneNumber
        self.firstName = firstName
        self.lastName = lastName
        self.tags = tags
        self.customFields = customFields
        self.unsubscribedAt = unsubscribedAt
        self.unsubscribeReason = unsubscribeReason
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// A page of an account's contacts, in the order of their creation.
public struct ContactPage: Sendable, Hashable {
    /// The contacts.
    public var contacts: [Contact]
    /// How many contacts the account has in all.
    public var totalCount: Int64

    /// Creates a page.
    package init(contacts: [Contact], totalCount: Int64) {
        self.contacts = contacts
        self.totalCount = totalCount
    }
}
