import ArgumentParser
import EventLedger
import EventModel

/// Adds an OAuth app to a store, and many accounts with limits.
struct GuardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard",
        abstract: "Let an OAuth app send events to a store, beside many accounts with limits."
    )

    @OptionGroup var store: StoreOptions

    @Option(help: ArgumentHelp("The app's client id.", valueName: "id"))
    var client: String

    @Option(help: ArgumentHelp("The app's secret.", valueName: "secret"))
    var secret: String

    @Option(help: ArgumentHelp("How many other accounts have limits.", valueName: "n"))
    var accounts = 10_000

    func run() async throws {
        guard let secret = ClientSecret(secret) else { throw ValidationError("--secret has not the form of a secret.") }
        let (store, _) = try await SQLiteEventStore.opened(store)
        let outcome = try await store.perform(
            .createApp(
                account: Account.defaultName,
                name: "benchmark",
                scopes: ScopeSet([.eventsWrite]),
                clientID: client,
                secretDigest: secret.digest.bytes
            )
        )
        guard case .appCreated = outcome else {
            throw UnexpectedOutcome(description: "the store refused the app: \(outcome)")
        }
        let names = (1...max(1, accounts)).map { "limited-\($0)" }
        // As many at once as fit into a transaction.
        for start in stride(from: 0, to: names.count, by: Limits.commandsPerTransaction) {
            let slice = names[start..<min(start + Limits.commandsPerTransaction, names.count)]
            try await together(slice) { _ = try await store.perform(.createAccount(name: $0, isStrict: false)) }
            try await together(slice) { try await store.limit($0, requests: Limits.requestsPerWindow) }
        }
        await store.close()
    }

    private func together(
        _ names: ArraySlice<String>,
        _ body: @escaping @Sendable (String) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in names { group.addTask { try await body(name) } }
            try await group.waitForAll()
        }
    }
}

/// Limits the account that the load uses, or lifts its limits.
struct LimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit",
        abstract: "Give limits that are never reached to the account of the load."
    )

    @OptionGroup var store: StoreOptions

    @Flag(help: "Lift the limits instead.")
    var lift = false

    func run() async throws {
        let (store, _) = try await SQLiteEventStore.opened(store)
        try await store.limit(Account.defaultName, requests: lift ? nil : Limits.requestsPerWindow)
        await store.close()
    }
}

extension SQLiteEventStore {
    /// Sets both limits of an account.
    fileprivate func limit(_ account: String, requests: Int64?) async throws {
        for window in [RateLimits.Window.minute, .day] {
            let outcome = try await perform(.setRateLimit(account: account, window: window, requests: requests))
            guard case .accountChanged = outcome else {
                throw UnexpectedOutcome(description: "the store refused the limits of \(account): \(outcome)")
            }
        }
    }
}
