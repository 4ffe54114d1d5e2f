import ArgumentParser
import EventLedger

/// `store-admin key …`
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Look into the idempotency ledger, and let old keys expire.",
        discussion: """
            EXAMPLE
              store-admin key explain order-1001
            """,
        subcommands: [KeyExplainCommand.self, KeyMismatchesCommand.self, KeyExpireCommand.self]
    )
}

/// `store-admin key explain`
struct KeyExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell what became of an idempotency key.",
        discussion: """
            Shows when the key was first accepted, its event and whether that still exists, and how often the key came \
            again. While a server runs, repeats of the last moments may not be counted yet. A key that starts with a \
            hyphen is written after "--".

            EXAMPLE
              store-admin key explain order-1001 --format json
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions
    @OptionGroup var output: FormatOptions

    @Argument(help: "The key, 1 to \(Limits.idempotencyKeyBytes) bytes.")
    var key: String

    static let listing = Listing<KeyHistory>([
        .init("idempotency_key") { .text($0.key.description) },
        .init("event_id") { .text($0.eventID.description) },
        .init("event_exists") { .boolean($0.eventExists) },
        .init("first_accepted_at") { .text($0.firstAcceptedAt.description) },
        .init("replays") { .integer($0.replays) },
        .init("mismatches") { .integer($0.mismatches) },
        .init("last_replayed_at") { Field($0.lastReplayedAt) },
        .init("payload_fingerprint") { .text($0.fingerprint.description) },
    ])

    func validate() throws {
        _ = try IdempotencyKey(argument: key)
    }

    func run() async throws {
        let key = try IdempotencyKey(argument: key)
        let history = try await store.access.reading { reader in
            try await reader.history(of: key, in: try await account.resolve(in: reader).id)
        }
        guard let history else {
            throw AdminFailure.refused("the account never accepted an event with that key, or has forgotten it")
        }
        try StandardStreams.output(KeyExplainCommand.listing.text(of: history, as: output.format))
    }
}

/// `store-admin key expire`
struct KeyExpireCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expire",
        abstract: "Let the keys of all accounts expire that were accepted long ago.",
        discussion: """
            A key that has expired is not known any more: a request with it makes a new event. Their events stay. It takes \
            effect at once; the room they took is given back bit by bit while the store is in use.

            To let keys expire by themselves, see `store-admin account set --key-retention`.

            EXAMPLE
              store-admin key expire --older-than 30d
            """
    )

    @OptionGroup var store: StoreOptions

    @Option(
        help: ArgumentHelp(
            "The age from which on keys expire, such as 30d or 12h; at most \(TimeSpan.longestText).",
            valueName: "time"
        ),
        transform: Age.init(argument:)
    )
    var olderThan: Age

    func run() async throws {
        let outcome = try await store.access.perform(.expireKeys(olderThanMilliseconds: olderThan.milliseconds))
        guard case .keysExpired(let count) = outcome else { throw AdminFailure.unexpectedOutcome }
        let age = "older than \(TimeSpan.words(milliseconds: olderThan.milliseconds))"
        StandardStreams.say("\(count == 1 ? "1 key" : "\(count) keys") \(age) expired.")
    }
}
