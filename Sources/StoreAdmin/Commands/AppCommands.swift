import ArgumentParser
import EventLedger

/// `store-admin app …`
struct AppCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "app",
        abstract: "Create, list and delete OAuth apps.",
        discussion: """
            An app is a client that gets access tokens of two hours from POST /oauth/token for its id and its secret.

            EXAMPLE
              store-admin app create --scope events_write
            """,
        subcommands: [
            AppCreateCommand.self, AppListCommand.self, AppRotateSecretCommand.self, AppDeleteCommand.self,
            AppRotateSigningKeyCommand.self,
        ]
    )
}

/// `store-admin app create`
struct AppCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create an OAuth app and print its credentials.",
        discussion: """
            The client id and the client secret alone go to standard output, each on a line. The secret is shown this \
            once: the store keeps only its hash. An account has at most \(Limits.appsPerAccount) apps.

            EXAMPLE
              store-admin app create --scope events_write --name shop
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions

    @Option(
        help: ArgumentHelp(
            "What the app's tokens may allow, \(Scope.names); may be given more than once. contacts_read where none is "
                + "given.",
            valueName: "scope"
        ),
        transform: Scope.init(argument:)
    )
    var scope: [Scope] = []

    @Option(help: ArgumentHelp("A name to know the app by.", valueName: "name"))
    var name = ""

    func run() async throws {
        let secret = ClientSecret.random()
        let outcome = try await store.access.perform(
            .createApp(
                account: account.account,
                name: name,
                scopes: ScopeSet(scope.isEmpty ? [.contactsRead] : scope),
                clientID: ClientID.random(),
                secretDigest: secret.digest.bytes
            )
        )
        guard case .appCreated(let app) = outcome else { throw AdminFailure.unexpectedOutcome }
        try AppCommand.output(app.clientID + "\n" + secret.text, of: app)
        let scopes = app.scopes.scopes.map(\.rawValue).joined(separator: " ")
        StandardStreams.say(
            "Created app \(app.id) of account \(account.account) with \(scopes). "
                + "Keep the secret now: it is not shown again."
        )
    }
}

extension AppCommand {
    /// Writes a secret, which is shown only once.
    static func output(_ secret: String, of app: OAuthApp) throws {
        do throws(StandardStreams.OutputFailed) {
            try StandardStreams.output(Array((secret + "\n").utf8))
        } catch {
            throw AdminFailure.refused(
                "app \(app.id) has a new secret that could not be printed (\(error.reason)), so nobody knows it; "
                    + "make another with `store-admin app rotate-secret \(app.id)`"
            )
        }
    }
}

/// `store-admin app list`
struct AppListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List an account's OAuth apps.",
        discussion: """
            A secret is never shown.

            EXAMPLE
              store-admin app list --account acme --format json
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions
    @OptionGroup var output: FormatOptions

    static let listing = Listing<OAuthApp>([
        .init("id") { .integer($0.id) },
        .init("client_id") { .text($0.clientID) },
        .init("name") { $0.name.isEmpty ? .null : .text($0.name) },
        .init("scopes") { .texts($0.scopes.scopes.map(\.rawValue)) },
        .init("created_at") { .text($0.createdAt.description) },
        .init("secret_rotated_at") { $0.secretRotatedAt.map { Field($0) } ?? .absent("never") },
    ])

    func run() async throws {
        let apps = try await store.access.reading { reader in
            try await reader.apps(of: try await account.resolve(in: reader).id)
        }
        try StandardStreams.output(AppListCommand.listing.text(of: apps, as: output.format))
    }
}

/// `store-admin app rotate-secret`
struct AppRotateSecretCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-secret",
        abstract: "Give an OAuth app a new secret and print it.",
        discussion: """
            The old secret and every access token that was made by it are refused at once, also in a server that is \
            running. The new secret alone goes to standard output; it is shown this once.

            EXAMPLE
              store-admin app rotate-secret 3 --account acme
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions

    @Argument(help: "The app's number, as `app list` shows it.")
    var id: Int64

    func run() async throws {
        let secret = ClientSecret.random()
        let outcome = try await store.access.perform(
            .rotateAppSecret(account: account.account, id: id, secretDigest: secret.digest.bytes)
        )
        guard case .appChanged(let app) = outcome else { throw AdminFailure.unexpectedOutcome }
        try AppCommand.output(secret.text, of: app)
        StandardStreams.say(
            "App \(app.id) of account \(account.account) has a new secret; what it got by the old one is refused. "
                + "Keep it now: it is not shown again."
        )
    }
}

/// `store-admin app delete`
struct AppDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete an OAuth app.",
        discussion: """
            Its access tokens are refused at once, also in a server that is running.

            EXAMPLE
              store-admin app delete 3 --account acme
            """
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var account: AccountOptions

    @Argument(help: "The app's number, as `app list` shows it.")
    var id: Int64

    func run() async throws {
        let outcome = try await store.access.perform(.deleteApp(account: account.account, id: id))
        guard case .appDeleted(let app) = outcome else { throw AdminFailure.unexpectedOutcome }
        StandardStreams.say("App \(app.id) of account \(account.account) is deleted.")
    }
}

/// `store-admin app rotate-signing-key`
struct AppRotateSigningKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-signing-key",
        abstract: "Sign access tokens with a new key, for all apps of the store.",
        discussion: """
            Tokens that are out stay good until they expire, because the earlier key still verifies them. If it may have \
            become known to somebody, drop it: every token that is out is refused then.

            EXAMPLE
              store-admin app rotate-signing-key
            """
    )

    @OptionGroup var store: StoreOptions

    @Flag(help: "Refuse what earlier keys have signed, from now on.")
    var dropEarlier = false

    func run() async throws {
        let outcome = try await store.access.perform(.rotateSigningKey(dropsEarlier: dropEarlier))
        guard case .signingKeyRotated(let id) = outcome else { throw AdminFailure.unexpectedOutcome }
        let earlier = dropEarlier ? "what earlier keys have signed is refused" : "earlier keys still verify"
        StandardStreams.say("Access tokens are signed with key \(id) from now on; \(earlier).")
    }
}
