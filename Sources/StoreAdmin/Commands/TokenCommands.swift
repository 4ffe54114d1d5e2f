import ArgumentParser
import EventLedger

/// `store-admin token …`
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Create, list and revoke API tokens.",
        discussion: """
            EXAMPLE
              store-admin token create --scope events_write
            """,
        subcommands: [TokenCreateCommand.self, TokenListCommand.self, TokenRevokeCommand.self]
    )
}

/// How long a new token is valid.
enum TokenLifetime: String, Sendable, CaseIterable, ExpressibleByArgument {
    case thirtyDays = "30d"
    case sixtyDays = "60d"
    case ninetyDays = "90d"
    case year = "1y"
    case never

    private static let millisecondsADay: Int64 = 86_400_000

    private var days: Int64? {
        switch self {
        case .thirtyDays: 30
        case .sixtyDays: 60
        case .ninetyDays: 90
        case .year: 365
        case .never: nil
        }
    }

    /// When a token expires that is created at a given time; nil for never.
    func expiry(from now: Timestamp) -> Timestamp? {
        days.map { now.advanced(byMilliseconds: $0 * TokenLifetime.millisecondsADay) }
    }
}

/// `store-admin token create`
struct TokenCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create an API token and print it.",
        discussion: """
            The token alone goes to standard output. It is shown this once: the store keeps only its hash. An account has \
            at most \(Limits.activeTokensPerAccount) active tokens.

            EXAMPLE
              store-admin token create --scope events_write --expires 90d
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions

    @Option(
        help: ArgumentHelp(
            "What the token allows, \(Scope.names); may be given more than once. contacts_read where none is given.",
            valueName: "scope"
        ),
        transform: Scope.init(argument:)
    )
    var scope: [Scope] = []

    @Option(help: ArgumentHelp("A name to know the token by.", valueName: "name"))
    var name = ""

    @Option(
        help: ArgumentHelp(
            "How long the token is good: 30d, 60d, 90d, 1y (365 days) or never.",
            valueName: "lifetime"
        )
    )
    var expires = TokenLifetime.never

    func run() async throws {
        let secret = TokenSecret.random()
        let outcome = try await store.access.perform(
            .createToken(
                account: account.account,
                name: name,
                scopes: ScopeSet(scope.isEmpty ? [.contactsRead] : scope),
                digest: secret.digest.bytes,
                expiresAt: expires.expiry(from: .now())
            )
        )
        guard case .tokenCreated(let token) = outcome else { throw AdminFailure.unexpectedOutcome }
        do {
            try StandardStreams.output(Array((secret.text + "\n").utf8))
        } catch {
            throw AdminFailure.refused(
                "token \(token.id) was created but could not be printed (\(error.reason)), so nobody knows it; "
                    + "revoke it with `store-admin token revoke \(token.id)`"
            )
        }
        let scopes = token.scopes.scopes.map(\.rawValue).joined(separator: " ")
        let expiry = token.expiresAt.map { "expires at \($0)" } ?? "never expires"
        StandardStreams.say(
            "Created token \(token.id) of account \(account.account) with \(scopes); it \(expiry). "
                + "Keep it now: it is not shown again."
        )
    }
}

/// `store-admin token list`
struct TokenListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List an account's tokens, good ones and others.",
        discussion: """
            "state" is active, expired or revoked. A token itself is never shown.

            EXAMPLE
              store-admin token list --account acme --format json
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions
    @OptionGroup var output: FormatOptions

    /// The columns, with each token's state at a given time.
    static func listing(at now: Timestamp) -> Listing<APIToken> {
        Listing([
            .init("id") { .integer($0.id) },
            .init("name") { $0.name.isEmpty ? .null : .text($0.name) },
            .init("state") { .text($0.revokedAt != nil ? "revoked" : $0.isActive(at: now) ? "active" : "expired") },
            .init("scopes") { .texts($0.scopes.scopes.map(\.rawValue)) },
            .init("created_at") { .text($0.createdAt.description) },
            .init("expires_at") { $0.expiresAt.map { Field($0) } ?? .absent("never") },
            .init("revoked_at") { Field($0.revokedAt) },
        ])
    }

    func run() async throws {
        let tokens = try await store.access.reading { reader in
            try await reader.tokens(of: try await account.resolve(in: reader).id)
        }
        try StandardStreams.output(TokenListCommand.listing(at: .now()).text(of: tokens, as: output.format))
    }
}

/// `store-admin token revoke`
struct TokenRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Revoke an API token.",
        discussion: """
            It takes effect at once, also in a server that is running. A revoked token can be revoked again; nothing \
            changes then.

            EXAMPLE
              store-admin token revoke 3 --account acme
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions

    @Argument(help: "The token's number, as `token list` shows it.")
    var id: Int64

    func run() async throws {
        let outcome = try await store.access.perform(.revokeToken(account: account.account, id: id))
        guard case .tokenRevoked(let token) = outcome else { throw AdminFailure.unexpectedOutcome }
        StandardStreams.say("Token \(token.id) of account \(account.account) is revoked.")
    }
}
