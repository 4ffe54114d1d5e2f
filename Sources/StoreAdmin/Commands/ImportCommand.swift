import ArgumentParser
import EventLedger

/// `store-admin import`
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take events in from a file with one JSON object on each line.",
        discussion: """
            A line is what the body of POST /v1/events is, with its key in the member "idempotency_key". A line that breaks \
            a rule is rejected by itself; the others are stored, in their order. Blank lines are passed over.

            An import that was broken off is run again: lines that were stored are replayed then and make no second event. \
            A line without a key would be stored again each time, so it is rejected unless --allow-keyless is given. A line \
            whose key was first used with another payload is not stored either. Where there is a line that is not stored, \
            the exit code is 1.

            A store that a server holds is written to by that server.

            EXAMPLE
              store-admin import events.ndjson
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions

    @Flag(help: "Take lines without an idempotency key, too; a second import stores them a second time.")
    var allowKeyless = false

    @Argument(help: "The file; - reads standard input.")
    var file: String

    func run() async throws {
        let reader = try LineReader(path: file)
        let destination = try await store.access.reading { reader in try await account.resolve(in: reader) }
        var importer = LineImporter(allowsKeyless: allowKeyless)
        var bar = StandardStreams.hasWatcher ? ProgressBar(totalBytes: reader.fileBytes, start: .now) : nil
        let keyless = allowKeyless ? ", but lines without a key do" : ""
        StopSignals.say(
            "the import was interrupted; run it again, and what was stored already makes no second event\(keyless)"
        )
        do {
            try await store.access.ingesting(into: destination) { target in
                try await importer.run(reader, into: target) { tally in
                    let line = bar?.line(bytes: reader.bytesRead, lines: tally.lines, at: .now)
                    line.map(StandardStreams.show)
                }
            }
        } catch {
            report(importer.tally, over: bar)
            throw error
        }
        report(importer.tally, over: bar)
        if importer.tally.isIncomplete { throw AdminFailure.found }
    }

    private func report(_ tally: ImportTally, over bar: ProgressBar?) {
        if bar != nil { StandardStreams.show("") }
        for line in tally.summary { StandardStreams.say(line) }
    }
}
