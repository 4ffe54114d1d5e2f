import ArgumentParser
import EventLedger

/// `store-admin event …`
struct EventCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event",
        abstract: "Show events, and erase them.",
        discussion: """
            EXAMPLE
              store-admin event list --limit 10
            """,
        subcommands: [EventGetCommand.self, EventListCommand.self, EventEraseCommand.self]
    )

    /// The members that the HTTP API gives an event.
    static let listing = Listing<RecordedEvent>([
        .init("event_id") { .text($0.id.description) },
        .init("event_type") { .text($0.type.name) },
        .init("privy_id") { .text($0.contact.description) },
        .init("event_time") { .time($0.time) },
        .init("received_at") { .text($0.receivedAt.description) },
        .init("event_data") { $0.data.map { .json($0.utf8) } ?? .null },
    ])
}

/// `store-admin event get`
struct EventGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Show one event.",
        discussion: """
            As JSON and CSV "event_data" is given out byte for byte as it came in.

            EXAMPLE
              store-admin event get 507f1f77bcf86cd799439011 --format json
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions
    @OptionGroup var output: FormatOptions

    @Argument(help: "The event's id, 24 lower-case hexadecimal digits.", transform: EventID.init(argument:))
    var id: EventID

    func run() async throws {
        let event = try await store.access.reading { reader in
            try await reader.event(id, in: try await account.resolve(in: reader).id)
        }
        guard let event else { throw AdminFailure.refused("the account has no event with that id") }
        try StandardStreams.output(EventCommand.listing.text(of: event, as: output.format))
    }
}

/// `store-admin event list`
struct EventListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List an account's events in the order in which they were committed.",
        discussion: """
            Shows one page. "next_cursor" in the JSON document, or a line on standard error, says where to go on. A table \
            cuts "event_data" short; JSON and CSV give it out byte for byte.

            EXAMPLE
              store-admin event list --type order_placed --limit 20 --format csv
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions
    @OptionGroup var output: FormatOptions

    @OptionGroup var feed: FeedOptions

    @Option(help: ArgumentHelp("How many events at most, 1 to \(Limits.pageRows).", valueName: "n"))
    var limit = Limits.defaultPageRows

    func validate() throws {
        guard (1...Limits.pageRows).contains(limit) else {
            throw ValidationError("--limit must be 1 to \(Limits.pageRows)")
        }
    }

    func run() async throws {
        let filter = try feed.filter
        let page = try await store.access.reading { reader in
            let account = try await account.resolve(in: reader).id
            try await feed.events.requireContact(in: account, reader)
            return try await reader.events(
                in: account,
                after: feed.after,
                limit: limit,
                matching: filter
            )
        }
        let members = [
            Member(name: "next_cursor", value: Field(page.nextCursor)),
            Member(name: "has_more", value: .boolean(page.hasMore)),
        ]
        try StandardStreams.output(EventCommand.listing.text(of: page.events, as: output.format, members: members))
        if page.hasMore, let next = page.nextCursor {
            StandardStreams.say("There are more events: go on with --after \(next)")
        }
    }
}
