import ArgumentParser
import EventLedger
import IngestAPI

/// `store-admin contact …`
struct ContactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contact",
        abstract: "Show contacts, and change them.",
        discussion: """
            EXAMPLE
              store-admin contact list
            """,
        subcommands: [
            ContactGetCommand.self, ContactListCommand.self, ContactCreateCommand.self, ContactUpdateCommand.self,
            ContactUnsubscribeCommand.self, ContactDeleteCommand.self,
        ]
    )

    /// Shows a contact.
    static func show(_ contact: Contact, _ output: FormatOptions) throws {
        try StandardStreams.output(listing.text(of: contact, as: output.format))
    }

    /// The members that the HTTP API gives a contact.
    static let listing = Listing<Contact>([
        .init("id") { .text($0.id.description) },
        .init("email") { Field($0.email) },
        .init("phone_number") { Field($0.phoneNumber) },
        .init("first_name") { Field($0.firstName) },
        .init("last_name") { Field($0.lastName) },
        .init("tags") { .json($0.tags.utf8) },
        .init("custom_fields") { .json($0.customFields.utf8) },
        .init("unsubscribed_at") { Field($0.unsubscribedAt) },
        .init("unsubscribe_reason") { Field($0.unsubscribeReason) },
        .init("created_at") { .text($0.createdAt.description) },
        .init("updated_at") { .text($0.updatedAt.description) },
    ])
}

/// `store-admin contact get`
struct ContactGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Show one contact.",
        discussion: """
            EXAMPLE
              store-admin contact get name@example.com --format json
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions
    @OptionGroup var output: FormatOptions

    @Argument(help: "The contact's cus_ id, email address or +phone number.")
    var reference: String

    func validate() throws {
        _ = try ContactReference(argument: reference)
    }

    func run() async throws {
        let reference = try ContactReference(argument: reference)
        let contact = try await store.access.reading { reader in
            try await reader.contact(reference, in: try await account.resolve(in: reader).id)
        }
        guard let contact else { throw AdminFailure.unknownContact }
        try ContactCommand.show(contact, output)
    }
}

/// `store-admin contact list`
struct ContactListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List an account's contacts in the order of their creation.",
        discussion: """
            Shows one page. "pagination" in the JSON document, or a line on standard error, says how many there are.

            EXAMPLE
              store-admin contact list --page 2 --per-page 50 --format csv
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions
    @OptionGroup var output: FormatOptions

    @Option(help: ArgumentHelp("Which page, counted from 1.", valueName: "n"))
    var page = 1

    @Option(help: ArgumentHelp("How many contacts a page has, 1 to \(Limits.contactPageRows).", valueName: "n"))
    var perPage = Limits.defaultContactPageRows

    func validate() throws {
        guard (1...Limits.contactPageRows).contains(perPage) else {
            throw ValidationError("--per-page must be 1 to \(Limits.contactPageRows)")
        }
        guard (1...Limits.sequencePerAccount).contains(Int64(page)) else {
            throw ValidationError("--page must be 1 to \(Limits.sequencePerAccount)")
        }
    }

    func run() async throws {
        let contacts = try await store.access.reading { reader in
            try await reader.contacts(
                in: try await account.resolve(in: reader).id,
                offset: (page - 1) * perPage,
                limit: perPage
            )
        }
        let pages = (contacts.totalCount + Int64(perPage) - 1) / Int64(perPage)
        var pagination = JSONWriter()
        pagination.object([
            Member(name: "page", value: .integer(Int64(page))),
            Member(name: "per_page", value: .integer(Int64(perPage))),
            Member(name: "total_count", value: .integer(contacts.totalCount)),
            Member(name: "total_pages", value: .integer(pages)),
        ])
        let members = [Member(name: "pagination", value: .json(pagination.bytes))]
        try StandardStreams.output(
            ContactCommand.listing.text(of: contacts.contacts, as: output.format, members: members)
        )
        if output.format != .json, pages > 1 {
            StandardStreams.say("Page \(page) of \(pages); \(contacts.totalCount) contacts in all")
        }
    }
}
