/// A contact to be created.
public struct NewContact: Sendable, Hashable, Codable {
    /// The address; either this or the phone number must be given.
    public let email: EmailAddress?
    /// The phone number.
    public let phoneNumber: PhoneNumber?
    /// The first name, if it is known.
    public var firstName: ContactName?
    /// The last name, if it is known.
    public var lastName: ContactName?
    /// The tags.
    public var tags: ContactTags
    /// What else is known.
    public var customFields: CustomFields

    /// Describes a contact.
    ///
    /// - Throws: ``InvalidValue`` on the field `base` if it has neither an address nor a number.
    public init(
        email: EmailAddress?,
        phoneNumber: PhoneNumber?,
        firstName: ContactName? = nil,
        lastName: ContactName? = nil,
        tags: ContactTags = .none,
        customFields: CustomFields = .none
    ) throws(InvalidValue) {
        guard email != nil || phoneNumber != nil else { throw NewContact.hasNoAddress }
        self.email = email
        self.phoneNumber = phoneNumber
        self.firstName = firstName
        self.lastName = lastName
        self.tags = tags
        self.customFields = customFields
    }

    /// The fault of a contact with neither an address nor a number.
    package static let hasNoAddress = InvalidValue(field: "base", message: "must have an email or a phone_number")
}

extension NewContact {
    /// Reads a contact, and checks that it has an address or a number.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let email = try container.decodeIfPresent(EmailAddress.self, forKey: .email)
        let phoneNumber = try container.decodeIfPresent(PhoneNumber.self, forKey: .phoneNumber)
        do throws(InvalidValue) {
            try self.init(email: email, phoneNumber: phoneNumber)
        } catch {
            throw DecodingError.dataCorruptedError(forKey: .email, in: container, debugDescription: error.message)
        }
        firstName = try container.decodeIfPresent(ContactName.self, forKey: .firstName)
        lastName = try container.decodeIfPresent(ContactName.self, forKey: .lastName)
        tags = try container.decode(ContactTags.self, forKey: .tags)
        customFields = try container.decode(CustomFields.self, forKey: .customFields)
    }
}

/// What to change in a contact; everything else stays.
public struct ContactUpdate: Sendable, Hashable, Codable {
    /// What to do with a value that may be missing.
    public enum Edit<Value: Sendable & Hashable & Codable>: Sendable, Hashable, Codable {
        /// It stays as it is.
        case keep
        /// It is removed.
        case remove
        /// It is replaced.
        case set(Value)
    }

    /// An address for a contact that has none; an address that a contact already has never changes.
    public var email: EmailAddress?
    /// A number for a contact that has none; a number that a contact already has never changes.
    public var phoneNumber: PhoneNumber?
    /// The first name.
    public var firstName: Edit<ContactName>
    /// The last name.
    public var lastName: Edit<ContactName>
    /// The tags that replace all existing ones; nil keeps those.
    public var tags: ContactTags?
    /// The fields that replace all existing ones; nil keeps those.
    public var customFields: CustomFields?

    /// Describes a change.
    public init(
        email: EmailAddress? = nil,
        phoneNumber: PhoneNumber? = nil,
        firstName: Edit<ContactName> = .keep,
        lastName: Edit<ContactName> = .keep,
        tags: ContactTags? = nil,
        customFields: CustomFields? = nil
    ) {
        self.email = email
        self.phoneNumber = phoneNumber
        self.firstName = firstName
        self.lastName = lastName
        self.tags = tags
        self.customFields = customFields
    }

    /// Whether nothing would be changed.
    public var isEmpty: Bool { self == ContactUpdate() }
}

/// A change of an account's contacts.
public enum ContactChange: Sendable, Hashable, Codable {
    /// Create a contact. It is no different from a contact that an ingest creates.
    case create(NewContact)
    /// Change what is known of a contact.
    case update(ContactReference, ContactUpdate)
    /// Record that a contact wants no more marketing. A contact that was unsubscribed before stays as it is.
    case unsubscribe(ContactReference, reason: UnsubscribeReason?)
    /// Delete a contact. Its events keep their place in the feed; its address and its number are free again.
    case delete(ContactReference)

    /// What became of a change. All of these are expected results, and none is an error.
    public enum Outcome: Sendable, Hashable, Codable {
        /// The contact was created.
        case created(Contact)
        /// The contact was changed; this is its new state.
        case changed(Contact)
        /// The contact was deleted; this was its last state.
        case deleted(Contact)
        /// There is no such contact. Nothing was changed.
        case unknownContact
        /// Other contacts have the address or the number. Nothing was changed.
        case taken([Taken])
        /// The contact already has another address or another number. Nothing was changed.
        case unchangeable([Address])
        /// The change was refused because of the account's state. Nothing was changed.
        case rejected(IngestOutcome.Rejection)
    }

    /// The kinds of address by which a contact is known.
    public enum Address: Sendable, Hashable, Codable {
        /// Its email address.
        case email
        /// Its phone number.
        case phoneNumber
    }

    /// An address or a number that another contact has.
    public struct Taken: Sendable, Hashable, Codable {
        /// Which of the two.
        public var address: Address
        /// The contact that has it.
        public var contact: ContactID

        /// Describes it.
        package init(address: Address, contact: ContactID) {
            self.address = address
            self.contact = contact
        }
    }
}

extension ContactChange {
    /// About how many bytes the change takes: the exact size of its long values, and an allowance for the rest.
    package var byteCount: Int {
        let rest = 4 * 1_024
        return switch self {
        case .create(let contact): rest + contact.tags.utf8.count + contact.customFields.utf8.count
        case .update(_, let update): rest + (update.tags?.utf8.count ?? 0) + (update.customFields?.utf8.count ?? 0)
        case .unsubscribe, .delete: rest
        }
    }
}
