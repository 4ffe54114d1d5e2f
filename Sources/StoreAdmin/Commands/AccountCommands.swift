import ArgumentParser
import EventLedger

/// `store-admin account …`
struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Create, change and list accounts.",
        discussion: """
            EXAMPLE
              store-admin account list
            """,
        subcommands: [AccountCreateCommand.self, AccountSetCommand.self, AccountListCommand.self]
    )
}

/// `store-admin account create`
struct AccountCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create an account.",
        discussion: """
            EXAMPLE
              store-admin account create acme --strict
            """
    )

    @OptionGroup var store: StoreOptions

    @Argument(
        help: """
            The account's name: 1 to \(Limits.nameCharacters) characters of a-z, 0-9, "_" and "-", the first a letter or a \
            digit.
            """
    )
    var name: String

    @Flag(help: "Refuse an idempotency key that comes again with another payload, instead of answering it.")
    var strict = false

    func validate() throws {
        do throws(InvalidValue) {
            try Account.checkName(name)
        } catch {
            throw ValidationError("the account's name \(error.message)")
        }
    }

    func run() async throws {
        let outcome = try await store.access.perform(.createAccount(name: name, isStrict: strict))
        guard case .accountCreated(let account) = outcome else { throw AdminFailure.unexpectedOutcome }
        StandardStreams.say("Created account \(account.name)\(account.isStrict ? " (strict)" : "").")
    }
}

/// `store-admin account list`
struct AccountListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the accounts in the order of their creation.",
        discussion: """
            Shows at most \(Limits.pageRows) accounts; "has_more" in the JSON document, or a line on standard error, says \
            that there are others.

            EXAMPLE
              store-admin account list --format json
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: FormatOptions

    @Option(help: ArgumentHelp("Go on after the account with this id.", valueName: "id"))
    var after: Int64?

    static let listing = Listing<Account>([
        .init("id") { .integer($0.id.rawValue) },
        .init("name") { .text($0.name) },
        .init("strict") { .boolean($0.isStrict) },
        .init("key_retention") { account in
            account.keyRetentionMilliseconds.map { .text(RetentionWindow(milliseconds: $0).text) } ?? .absent("never")
        },
        .init("limit_minute") { $0.rateLimits.perMinute.map { .integer($0) } ?? .absent("never") },
        .init("limit_day") { $0.rateLimits.perDay.map { .integer($0) } ?? .absent("never") },
        .init("created_at") { .text($0.createdAt.description) },
    ])

    func run() async throws {
        let (accounts, hasMore) = try await store.access.reading { reader in
            let accounts = try await reader.accounts(after: after.map { Account.ID(rawValue: $0) })
            guard let last = accounts.last, accounts.count >= Limits.pageRows else { return (accounts, false) }
            return (accounts, try await !reader.accounts(after: last.id).isEmpty)
        }
        let members = [Member(name: "has_more", value: .boolean(hasMore))]
        try StandardStreams.output(AccountListCommand.listing.text(of: accounts, as: output.format, members: members))
        if hasMore, let last = accounts.last {
            StandardStreams.say("There are more accounts: go on with --after \(last.id.rawValue)")
        }
    }
}

extension AdminFailure {
    /// The process that holds the store answered with the outcome of another change.
    static let unexpectedOutcome = AdminFailure.unavailable(
        "the process that holds the store gave an answer that does not fit the change; it may be of another version"
    )
}
