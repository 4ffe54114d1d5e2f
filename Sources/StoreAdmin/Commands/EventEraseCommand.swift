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
            and exports keep it. Copies of a few rows can stay between those of others, where SQLite had moved them; \
            `store-admin compact` takes those away as well, while no server runs. The keys of erased events go on answering \
            as before, their numbers are not given out again, and the contact stays: see `store-admin contact delete`.

            An event that is missing from a damaged file is recorded as erased when it is named, and those that are missing right \
            behind it with it: the feed, which ends before them, goes on then.

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
        if ids.isEmpty { try await eraseDescribed() } else { try await eraseNamed() }
    }

    private func eraseNamed() async throws {
        var missing: [EventID] = []
        try await erasing { reader, erase in
            let account = try await account.resolve(in: reader).id
            var seen: Set<EventID> = []
            var piece = Piece()
            for id in ids where seen.insert(id).inserted {
                let bytes: Int?
                do {
                    bytes = try await reader.event(id, in: account).map { $0.data?.utf8.count ?? 0 }
                } catch StoreError.damaged {
                    // An event that cannot be read can still be erased, and the feed then continues past it.
                    bytes = 0
                }
                guard let bytes else {
                    // An event that a damaged file has lost is recorded as erased; only the writer can tell that it is
                    // such an event.
                    let erased = dryRun ? 0 : try await erase([id])
                    if erased == 0 { missing.append(id) }
                    continue
                }
                if let full = piece.add(id, bytes: bytes) { _ = try await erase(full) }
            }
            _ = try await erase(piece.events)
        }
        guard !missing.isEmpty else { return }
        let some = missing.prefix(10).map(\.description).joined(separator: ", ") + (missing.count > 10 ? ", …" : "")
        let (count, verb) = (missing.count, missing.count == 1 ? "does" : "do")
        throw AdminFailure.refused("\(count) of the events \(verb) not exist: \(some)")
    }

    /// Reads the feed and erases it page by page. A cursor stays valid when its event is erased.
    private func eraseDescribed() async throws {
        let filter = try events.filter
        let oldest = olderThan.map { Timestamp.now().millisecondsSinceEpoch - $0.milliseconds }
        try await erasing { reader, erase in
            let account = try await account.resolve(in: reader).id
            try await events.requireContact(in: account, reader)
            var cursor: FeedCursor?
            while true {
                let page = try await reader.events(
                    in: account,
                    after: cursor,
                    limit: min(Limits.pageRows, Limits.eventsPerErasure),
                    matching: filter
                )
                var piece = Piece()
                for event in page.events where oldest.map({ event.receivedAt.millisecondsSinceEpoch < $0 }) ?? true {
                    if let full = piece.add(event.id, bytes: event.data?.utf8.count ?? 0) { _ = try await erase(full) }
                }
                _ = try await erase(piece.events)
                // After events that are too young there can be older ones, if a clock that was ahead was set back.
                guard page.hasMore else { return }
                cursor = page.nextCursor
            }
        }
    }

    /// The events to erase in one transaction: no more than other writes can wait for while these are overwritten.
    private struct Piece {
        private(set) var events: [EventID] = []
        private var bytes = 0

        /// Adds an event.
        ///
        /// - Returns: The events so far, if they fill the piece; the next piece begins with the next event.
        mutating func add(_ event: EventID, bytes: Int) -> [EventID]? {
            events.append(event)
            self.bytes += bytes
            let isFull = events.count == Limits.eventsPerErasure || self.bytes >= Limits.bytesPerTransaction
            guard isFull else { return nil }
            defer { self = Piece() }
            return events
        }
    }

    /// Lends a way to find events and to erase them, or only to count them in a dry run. Reports how many events were
    /// erased, even if the erasure broke off, or how many would be.
    private func erasing(
        _ body: (any EventReader, _ erase: @escaping ([EventID]) async throws -> Int) async throws -> Void
    ) async throws {
        var count = 0
        var events: String { count == 1 ? "1 event" : "\(count) events" }
        guard !dryRun else {
            try await store.access.reading { reader in
                try await body(reader) { events in
                    count += events.count
                    return events.count
                }
            }
            return StandardStreams.say("\(events) would be erased.")
        }
        do {
            try await store.access.changing { reader, perform in
                try await body(reader) { events in
                    guard !events.isEmpty else { return 0 }
                    let outcome = try await perform(.eraseEvents(account: account.account, events))
                    guard case .eventsErased(let erased) = outcome else { throw AdminFailure.unexpectedOutcome }
                    count += erased
                    return erased
                }
            }
        } catch {
            if count > 0 { StandardStreams.say("\(events) erased before it broke off; run it again for the others.") }
            throw error
        }
        StandardStreams.say("\(events) erased.")
    }
}
