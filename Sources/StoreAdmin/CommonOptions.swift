import ArgumentParser
import EventLedger
import Foundation

/// Which store a command is about.
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

    /// The way to the store.
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

    /// The file that the option, then the environment, then the default names.
    static func path(option: String?, environment: [String: String]) -> String {
        option ?? environment["EVENT_STORE"] ?? "./events.db"
    }
}

/// Which account of the store a command is about.
struct AccountOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The account's name.", valueName: "name"))
    var account = Account.defaultName

    /// Finds the account.
    ///
    /// - Throws: ``AdminFailure/refused(_:)`` where there is none of that name.
    func resolve(in reader: any EventReader) async throws -> Account {
        guard let found = try await reader.account(named: account) else { throw AdminFailure.unknownAccount }
        return found
    }
}

extension AdminFailure {
    /// The account that a command names is not in the store.
    static let unknownAccount = AdminFailure.refused(
        "there is no account of that name; `store-admin account list` shows the accounts"
    )
}

/// In which form a command writes its results.
struct FormatOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("How results are written: table, json or csv.", valueName: "format"))
    var format = OutputFormat.table
}
