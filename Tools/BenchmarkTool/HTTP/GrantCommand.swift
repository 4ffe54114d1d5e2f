import ArgumentParser
import EventLedger
import EventModel

/// Adds a token to a store.
struct GrantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant",
        abstract: "Let a token send events to a store."
    )

    @OptionGroup var store: StoreOptions

    @Option(help: ArgumentHelp("The token's secret.", valueName: "token"))
    var token: String

    func run() async throws {
        guard let secret = TokenSecret(token) else { throw ValidationError("--token has not the form of a token.") }
        let (store, _) = try await SQLiteEventStore.opened(store)
        let outcome = try await store.perform(
            .createToken(
                account: Account.defaultName,
                name: "benchmark",
                scopes: ScopeSet([.eventsWrite]),
                digest: secret.digest.bytes,
                expiresAt: nil
            )
        )
        await store.close()
        guard case .tokenCreated = outcome else {
            throw UnexpectedOutcome(description: "the store refused the token: \(outcome)")
        }
    }
}
