import ArgumentParser
import EventLedger

/// `store-admin contact create`
struct ContactCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a contact and show it.",
        discussion: """
            It needs an address or a number that no other contact of the account has. An event that names an unknown \
            address creates the same thing.

            EXAMPLE
              store-admin contact create --email name@example.com --first-name Ada --tag vip
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions
    @OptionGroup var output: FormatOptions
    @OptionGroup var contact: ContactOptions

    func validate() throws { _ = try creation() }

    func run() async throws {
        let contact = try await ContactCommand.perform(try creation(), store, account)
        try ContactCommand.show(contact, output)
    }

    private func creation() throws -> ContactChange {
        let values = try contact.update()
        guard values.email != nil || values.phoneNumber != nil else {
            throw ValidationError("the contact must have --email or --phone")
        }
        return .create(
            try NewContact(
                email: values.email,
                phoneNumber: values.phoneNumber,
                firstName: values.firstName.newValue,
                lastName: values.lastName.newValue,
                tags: values.tags ?? .none,
                customFields: values.customFields ?? .none
            )
        )
    }
}

extension ContactUpdate.Edit {
    /// The value that is set, if there is one.
    fileprivate var newValue: Value? {
        if case .set(let value) = self { value } else { nil }
    }
}

/// `store-admin contact update`
struct ContactUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change a contact and show it.",
        discussion: """
            What no option names stays as it is. An address or a number can be given to a contact that has none; the one \
            that it has never changes.

            EXAMPLE
              store-admin contact update name@example.com --last-name Lovelace --tag vip
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions
    @OptionGroup var output: FormatOptions

    @Argument(help: "The contact's cus_ id, email address or +phone number.")
    var reference: String

    @OptionGroup var contact: ContactOptions

    @Flag(help: "Remove all tags.")
    var noTags = false

    func validate() throws {
        _ = try ContactReference(argument: reference)
        guard try !update().isEmpty else { throw ValidationError("an option must name something to change") }
        guard !noTags || contact.tag.isEmpty else { throw ValidationError("--no-tags and --tag exclude each other") }
    }

    func run() async throws {
        let change = ContactChange.update(try ContactReference(argument: reference), try update())
        let contact = try await ContactCommand.perform(change, store, account)
        try ContactCommand.show(contact, output)
    }

    private func update() throws -> ContactUpdate {
        var update = try contact.update()
        if noTags { update.tags = ContactTags.none }
        return update
    }
}

/// `store-admin contact unsubscribe`
struct ContactUnsubscribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unsubscribe",
        abstract: "Note that a contact wants no more marketing, and show it.",
        discussion: """
            A contact that was unsubscribed before stays as it is. Its events are taken in as before.

            EXAMPLE
              store-admin contact unsubscribe name@example.com --reason asked-by-mail
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions
    @OptionGroup var output: FormatOptions

    @Argument(help: "The contact's cus_ id, email address or +phone number.")
    var reference: String

    @Option(
        help: ArgumentHelp(
            "Why, in at most \(Limits.unsubscribeReasonCharacters) characters.",
            valueName: "text"
        )
    )
    var reason: String?

    func validate() throws {
        _ = try ContactReference(argument: reference)
        _ = try unsubscribeReason()
    }

    func run() async throws {
        let change = ContactChange.unsubscribe(
            try ContactReference(argument: reference),
            reason: try unsubscribeReason()
        )
        let contact = try await ContactCommand.perform(change, store, account)
        try ContactCommand.show(contact, output)
    }

    private func unsubscribeReason() throws -> UnsubscribeReason? {
        do throws(InvalidValue) {
            return try reason.map { text throws(InvalidValue) in try UnsubscribeReason(text) }
        } catch {
            throw ValidationError("the reason \(error.message)")
        }
    }
}

/// `store-admin contact delete`
struct ContactDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a contact.",
        discussion: """
            Its events keep their place in the feed and go on naming it by its id. Its address and its number are free: an \
            event that names one of them makes a new contact.

            EXAMPLE
              store-admin contact delete name@example.com
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions

    @Argument(help: "The contact's cus_ id, email address or +phone number.")
    var reference: String

    func validate() throws {
        _ = try ContactReference(argument: reference)
    }

    func run() async throws {
        let change = ContactChange.delete(try ContactReference(argument: reference))
        let contact = try await ContactCommand.perform(change, store, account)
        StandardStreams.say("Contact \(contact.id) of account \(account.account) is deleted.")
    }
}

extension ContactCommand {
    /// Carries out a change.
    ///
    /// - Throws: ``AdminFailure/refused(_:)`` if it was not made.
    fileprivate static func perform(
        _ change: ContactChange,
        _ store: StoreOptions,
        _ account: AccountOptions
    ) async throws -> Contact {
        let outcome = try await store.access.perform(.changeContact(account: account.account, change))
        guard case .contact(let outcome) = outcome else { throw AdminFailure.unexpectedOutcome }
        switch outcome {
        case .created(let contact), .changed(let contact), .deleted(let contact): return contact
        case .unknownContact: throw AdminFailure.unknownContact
        case .taken(let holders):
            let words = holders.map { "\($0.address.words) belongs to \($0.contact)" }
            throw AdminFailure.refused(words.joined(separator: ", and "))
        case .unchangeable(let addresses):
            let words = addresses.map(\.words)
            throw AdminFailure.refused("\(words.joined(separator: " and ")) never changes once a contact has it")
        case .rejected(.accountFull): throw AdminFailure.refused("the account holds as many contacts as it can")
        case .rejected: throw AdminFailure.unexpectedOutcome
        }
    }
}

extension ContactChange.Address {
    fileprivate var words: String {
        switch self {
        case .email: "the email address"
        case .phoneNumber: "the phone number"
        }
    }
}

extension AdminFailure {
    /// The account has no contact of that name.
    static let unknownContact = AdminFailure.refused("the account has no such contact")
}
