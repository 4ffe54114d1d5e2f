import ArgumentParser
import EventLedger

/// `store-admin export`
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write an account's events to a file that `import` takes in, one JSON object on each line.",
        discussion: """
            The events stand in the order in which they were committed. Each has its type, its contact's address (or number, \
            where it has no address), its time, its data byte for byte, and the key under which it was accepted. An event \
            without a key gets one made of its id, so that importing the lines twice into another store makes no second \
            event: event:<event_id>, with a number behind it where that is the key of another event.

            The lines are for another store or another account: into the account that they came from, events without a key \
            would go a second time. Ids and times of receipt are not part of a line; an event that came without a time of \
            its own has that of its receipt. A line break between the tokens of the data becomes a space.

            An export ends with exit code 69 where an event, a key or a contact is missing whose erasure was not recorded.

            An export that is interrupted or told to stop (SIGINT, SIGTERM, SIGHUP) takes away what it has written to \
            --output. One that is killed (SIGKILL) leaves it beside the file, with ".partial-" in its name.

            EXAMPLE
              store-admin export --output events.ndjson
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions

    @OptionGroup var feed: FeedOptions

    @Option(
        help: ArgumentHelp(
            """
            The file to write, instead of standard output, which - stands for. It has its name only once it is complete; a \
            device or a pipe is written into.
            """,
            valueName: "file"
        )
    )
    var output: String?

    func validate() throws {
        guard output != "" else { throw ValidationError("--output must name a file; it is empty") }
    }

    func run() async throws {
        let count = try await store.access.reading { reader in
            let account = try await account.resolve(in: reader)
            try await feed.events.requireContact(in: account.id, reader)
            guard let output, output != "-" else {
                return try await export(from: reader, account.id) { lines in try StandardStreams.output(lines) }
            }
            let file = try ExportFile(path: output, store: try StorePath(store.access.path))
            let count = try await export(from: reader, account.id) { lines in try file.append(lines) }
            try file.finish()
            return count
        }
        StandardStreams.say(count == 1 ? "1 event exported" : "\(count) events exported")
    }

    /// Writes all pages of the feed.
    ///
    /// - Returns: How many events there were.
    private func export(
        from reader: SQLiteEventReader,
        _ account: Account.ID,
        _ write: ([UInt8]) throws -> Void
    ) async throws -> Int {
        let filter = try feed.filter
        var export = EventExport(reader, account, after: feed.after)
        var count = 0
        var hasMore = true
        while hasMore {
            let page = try await reader.events(
                in: account,
                after: export.cursor,
                limit: Limits.pageRows,
                matching: filter
            )
            try write(try await export.lines(of: page))
            count += page.events.count
            hasMore = page.hasMore
        }
        try await export.finish()
        return count
    }
}
