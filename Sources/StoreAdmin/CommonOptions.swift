import ArgumentParser
import EventLedger
import Foundation

/// Which store a command works on.
struct StoreOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The store's database file.",
            discussion: "Without it the environment variable EVENT_STORE names the file; otherwise it is ./events.db.",
            valueName: "path"
        )
    )
    var store: String?

    /// Access to the store.
    var access: StoreAccess {
        StoreAccess(path: StoreOptions.path(option: store, environment: ProcessInfo.processInfo.environment))
    }

    func validate() throws {
        guard access.path.isEmpty else { return }
        throw ValidationError(
            store == nil
                ? "the environment variable EVENT_STORE is empty; name the store's file in it, or unset it"
                : "--store must not be empty; name the store's file"
        )
    }

    /// The file named by the option, else by the environment, else by the default.
    static func path(option: String?, environment: [String: String]) -> String {
        option ?? environment["EVENT_STORE"] ?? "./events.db"
    }
}

/// Which account of the store a command works on.
struct AccountOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The account's name.", valueName: "name"))
    var account = Account.defaultName

    /// Finds the account.
    ///
    /// - Throws: ``AdminFailure/refused(_:)`` if there is none of that name.
    func resolve(in reader: any EventReader) async throws -> Account {
        guard let found = try await reader.account(named: account) else { throw AdminFailure.unknownAccount }
        return found
    }
}

extension AdminFailure {
    /// The store has no account of the name that the command was given.
    static let unknownAccount = AdminFailure.refused(
        "there is no account of that name; `store-admin account list` shows the accounts"
    )
}

/// The format in which a command writes its results.
struct FormatOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("How results are written: table, json or csv.", valueName: "format"))
    var format = OutputFormat.table
}
