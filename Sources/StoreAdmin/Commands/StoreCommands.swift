import ArgumentParser
import EventLedger

/// `store-admin init`
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Create a store.",
        discussion: """
            Creates the database file; its folder must exist. A store that exists already is left as it is. Where init \
            was broken off, it can be run again.

            EXAMPLE
              store-admin init --store ./events.db
            """
    )

    @OptionGroup var store: StoreOptions

    func run() async throws {
        let access = store.access
        let path = try StorePath(access.path)
        if StorePath.size(of: path.database) > 0, try await SQLiteEventStore.isMade(at: access.path) {
            let older = try await access.requireStore()
            StandardStreams.say("There is a store at \(access.path) already; it was left as it is.")
            if let older {
                StandardStreams.say("It has schema version \(older); `store-admin migrate` brings it up to date.")
            }
            return
        }
        // This check comes before the lock: otherwise a failed command would leave the lock file behind.
        try path.checkFiles()
        let version = try await access.writing { try await $0.status().schemaVersion }
        StandardStreams.say("Created a store at \(access.path) with schema version \(version).")
    }
}

/// `store-admin migrate`
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring a store's schema up to date.",
        discussion: """
            Applies the steps that are pending, each as a whole or not at all. Stop the process that holds the store \
            first, and make a backup (`store-admin backup`).

            EXAMPLE
              store-admin migrate --store ./events.db
            """
    )

    @OptionGroup var store: StoreOptions

    func run() async throws {
        let access = store.access
        // Opening for writing would turn an empty file into a store, and create a lock beside a file that is not a
        // store.
        try await access.requireStore()
        do {
            let (from, to) = try await access.writing { store in
                (store.migratedFrom, try await store.status().schemaVersion)
            }
            StandardStreams.say(
                from == to
                    ? "Nothing to do: the store has schema version \(to)."
                    : "Migrated the store from schema version \(from) to \(to)."
            )
        } catch StoreError.inUse(let processID) {
            throw AdminFailure.heldStore(by: processID)
        }
    }
}

/// `store-admin status`
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show counts, sizes and who holds the store.",
        discussion: """
            "held_by_process" is the number of the process that holds the store for writing, if one does; "unknown", or null \
            as JSON, where this user may not see it.

            With --watch it shows how the server that holds the store is doing, every second until it is interrupted: \
            rates and times of the last second, with charts of those before. The first comes after a second.

            EXAMPLE
              store-admin status --format json
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Flag(help: "Show how the server that holds the store is doing, live.")
    var watch = false

    @Option(help: ArgumentHelp("How many times --watch shows it; without an end otherwise.", valueName: "number"))
    var count: Int?

    func validate() throws {
        guard count == nil || watch else { throw ValidationError("--count goes with --watch") }
        guard !watch || output.format == .table else {
            throw ValidationError("--watch shows a board, and no other format")
        }
        if let count, count < 1 { throw ValidationError("the count must be at least 1") }
    }

    static let listing = Listing<StoreStatus>([
        .init("schema_version") { .integer(Int64($0.schemaVersion)) },
        .init("epoch") { .integer($0.epoch) },
        .init("accounts") { .integer($0.accounts) },
        .init("contacts") { .integer($0.contacts) },
        .init("events") { .integer($0.events) },
        .init("ledger_entries") { .integer($0.ledgerEntries) },
        .init("ledger_segments") { .integer($0.ledgerSegments) },
        .init("sealed_entries") { .integer($0.sealedEntries) },
        .init("replays") { .integer($0.replays) },
        .init("mismatches") { .integer($0.mismatches) },
        .init("active_tokens") { .integer($0.activeTokens) },
        .init("database_bytes") { .byteCount($0.databaseBytes) },
        .init("write_ahead_log_bytes") { .byteCount($0.writeAheadLogBytes) },
        .init("held_by_process") { status in
            guard let process = status.heldByProcess else { return .absent("nobody") }
            return process == 0 ? .absent("unknown") : .integer(Int64(process))
        },
    ])

    func run() async throws {
        if watch {
            return try await StatusWatch(access: store.access, interval: .seconds(1), count: count).run()
        }
        let status = try await store.access.reading { try await $0.status() }
        try StandardStreams.output(StatusCommand.listing.text(of: status, as: output.format))
    }
}

/// `store-admin verify`
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that everything in the store fits together.",
        discussion: """
            Reads the whole store. Lists at most \(Limits.faultsPerVerification) findings and ends with exit code 1 where \
            there is one.

            EXAMPLE
              store-admin verify --format csv
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    /// A line of the result.
    struct Finding: Sendable {
        var check: String
        var message: String
    }

    static let listing = Listing<Finding>([
        .init("check") { .text($0.check) },
        .init("message") { .text($0.message) },
    ])

    func run() async throws {
        let findings: [Finding]
        do {
            findings = try await store.access.reading { reader in
                try await reader.verify().map { Finding(check: $0.check, message: $0.message) }
            }
        } catch StoreError.damaged(let reason) {
            // Damage that keeps the store from being opened at all is what this command should find.
            findings = [Finding(check: "integrity", message: reason)]
        } catch StoreError.migrationMismatch(let reason) {
            // No server opens such a store.
            findings = [Finding(check: "migrations", message: reason)]
        }
        guard !findings.isEmpty else {
            if output.format != .table {
                try StandardStreams.output(VerifyCommand.listing.text(of: [], as: output.format))
            }
            StandardStreams.say("no problems found")
            return
        }
        try StandardStreams.output(VerifyCommand.listing.text(of: findings, as: output.format))
        throw AdminFailure.found
    }
}
