import ArgumentParser
import EventLedger

/// `store-admin event erase`
struct EventEraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Take events out of the store, for good.",
        discussion: """
            Erases the events that are named, or all that --contact, --type and --older-than describe. What they held is \
            overwritten in the database file with the next checkpoint, and in the write-ahead log as it is used on; backups \
            and exports keep it. The keys of erased events go on answering as before, their numbers are not given out \
            again, and the contact stays: see `store-admin contact delete`.

            A long erasure goes in pieces, so it can be stopped and begun again, and a server that runs goes on \
            meanwhile. Where none runs, none can be started until it is done.

            EXAMPLES
              store-admin event erase 507f1f77bcf86cd799439011
              store-admin event erase --contact ada@example.com --dry-run
              store-admin event erase --older-than 365d
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions

    @Argument(
        help: ArgumentHelp("The events' ids, 24 lower-case hexadecimal digits each.", valueName: "id"),
        transform: EventID.init(argument:)
    )
    var ids: [EventID] = []

    @OptionGroup var events: EventFilterOptions

    @Option(
        help: ArgumentHelp(
            "Only events that came in longer ago than this, such as 365d or 12h; at most \(TimeSpan.longestText).",
            valueName: "time"
        ),
        transform: Age.init(argument:)
    )
    var olderThan: Age?

    @Flag(help: "Tell how many events would be erased, and erase none.")
    var dryRun = false

    func validate() throws {
        let isDescribed = try events.filter != EventFilter() || olderThan != nil
        guard isDescribed != !ids.isEmpty else {
            throw ValidationError("name events by their ids, or describe them by --contact, --type and --older-than")
        }
    }

    func run() async throws {
        let count = ids.isEmpty ? try await eraseDescribed() : try await eraseNamed()
        let events = count == 1 ? "1 event" : "\(count) events"
        StandardStreams.say(dryRun ? "\(events) would be erased." : "\(events) erased.")
        let missing = Set(ids).count - count
        if missing > 0 { throw AdminFailure.refused("\(missing) of the events were not there") }
    }

    private func eraseNamed() async throws -> Int {
        try await erasing { reader, erase in
            let account = try await account.resolve(in: reader).id
            let ids = Array(Set(ids))
            var count = 0
            for start in stride(from: 0, to: ids.count, by: Limits.eventsPerErasure) {
                var stored: [EventID] = []
                for id in ids[start...].prefix(Limits.eventsPerErasure) {
                    if try await reader.event(id, in: account) != nil { stored.append(id) }
                }
                count += try await erase(stored)
            }
            return count
        }
    }

    /// Reads the feed and erases it page by page. A cursor stays good when its event is erased.
    private func eraseDescribed() async throws -> Int {
        let filter = try events.filter
        let oldest = olderThan.map { Timestamp.now().millisecondsSinceEpoch - $0.milliseconds }
        return try await erasing { reader, erase in
            let account = try await account.resolve(in: reader).id
            try await events.requireContact(in: account, reader)
            var (count, cursor) = (0, FeedCursor?.none)
            while true {
                let page = try await reader.events(
                    in: account,
                    after: cursor,
                    limit: min(Limits.pageRows, Limits.eventsPerErasure),
                    matching: filter
                )
                let found = page.events.filter { event in
                    oldest.map { event.receivedAt.millisecondsSinceEpoch < $0 } ?? true
                }
                count += try await erase(found.map(\.id))
                // Behind events that are too young there can be older ones: a clock that was ahead is set back.
                guard page.hasMore else { return count }
                cursor = page.nextCursor
            }
        }
    }

    /// Lends a way to find events and to erase them, which in a dry run only counts them.
    private func erasing(
        _ body: (any EventReader, _ erase: @escaping ([EventID]) async throws -> Int) async throws -> Int
    ) async throws -> Int {
        guard !dryRun else {
            return try await store.access.reading { reader in try await body(reader) { $0.count } }
        }
        return try await store.access.changing { reader, perform in
            try await body(reader) { events in
                guard !events.isEmpty else { return 0 }
                let outcome = try await perform(.eraseEvents(account: account.account, events))
                guard case .eventsErased(let count) = outcome else { throw AdminFailure.unexpectedOutcome }
                return count
            }
        }
    }
}
