import ArgumentParser
import EventLedger

/// `store-admin key mismatches`
struct KeyMismatchesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mismatches",
        abstract: "List keys that came again with another payload, and where that differed.",
        discussion: """
            Such a repeat was answered as the first one was, or refused in a strict account. "differences" holds JSON \
            pointers into the payload that came last; no values are kept. It is empty where the payloads could not be \
            compared: the later one broke a rule, the event was erased, or too much was to be compared at the time.

            Shows one page, in the order in which the keys were first accepted. "next_cursor" in the JSON document, or a line \
            on standard error, says where to go on. While a server runs, repeats of the last moments may be missing.

            EXAMPLE
              store-admin key mismatches --limit 20
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions
    @OptionGroup var output: FormatOptions

    @Option(help: ArgumentHelp("Only keys after this place, a \"next_cursor\".", valueName: "cursor"))
    var after: Int64 = 0

    @Option(help: ArgumentHelp("How many keys at most, 1 to \(Limits.pageRows).", valueName: "n"))
    var limit = Limits.defaultPageRows

    static let listing = Listing<KeyMismatch>([
        .init("idempotency_key") { .text($0.key.description) },
        .init("event_id") { .text($0.eventID.description) },
        .init("mismatches") { .integer($0.mismatches) },
        .init("last_mismatch_at") { .text($0.lastMismatchAt.description) },
        .init("differences") { $0.differences.map { .texts($0) } ?? .null },
    ])

    func validate() throws {
        guard (1...Limits.pageRows).contains(limit) else {
            throw ValidationError("--limit must be 1 to \(Limits.pageRows)")
        }
        guard after >= 0 else { throw ValidationError("--after must be the next_cursor of a page") }
    }

    func run() async throws {
        let page = try await store.access.reading { reader in
            try await reader.mismatches(in: try await account.resolve(in: reader).id, after: after, limit: limit)
        }
        let members = [
            Member(name: "next_cursor", value: page.lastEntry == 0 ? .null : .integer(page.lastEntry)),
            Member(name: "has_more", value: .boolean(page.hasMore)),
        ]
        let listing = KeyMismatchesCommand.listing
        try StandardStreams.output(listing.text(of: page.mismatches, as: output.format, members: members))
        if page.hasMore { StandardStreams.say("There may be more keys: go on with --after \(page.lastEntry)") }
    }
}
