import EventLedger
import IngestAPI

/// The way to one store: reading it at any time, and changing it, by this process or by the one that holds it.
struct StoreAccess: Sendable {
    /// The database file as the operator named it.
    let path: String
    /// What goes by between two attempts at a change.
    var pause: @Sendable () async throws -> Void = {
        try await Task.sleep(for: .milliseconds(Limits.changeAttemptMilliseconds))
    }

    /// Reads the store. No lock is taken and nothing is created.
    func reading<Value>(_ body: (SQLiteEventReader) async throws -> Value) async throws -> Value {
        let reader = try await SQLiteEventReader.open(at: path)
        do {
            let value = try await body(reader)
            await reader.close()
            return value
        } catch {
            await reader.close()
            throw error
        }
    }

    /// Checks that there is a store, of this software's schema or an older one. Nothing is created or changed.
    ///
    /// - Returns: The version of the schema, where it is an older one.
    @discardableResult
    func requireStore() async throws -> Int? {
        do {
            try await reading { _ in }
            return nil
        } catch StoreError.needsMigration(let found, _) {
            return found
        }
    }

    /// Holds the store for writing. A store that is missing is created, and an older schema is brought up to date.
    ///
    /// - Throws: ``StoreError/inUse(processID:)`` where another process holds the store.
    func writing<Value>(_ body: (SQLiteEventStore) async throws -> Value) async throws -> Value {
        let store = try await SQLiteEventStore.open(at: path)
        do {
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }

    /// Carries out a change: here where nobody holds the store, otherwise by asking the process that does.
    ///
    /// - Returns: Once the change is on disk.
    /// - Throws: ``AdminFailure/unavailable(_:)`` where that process cannot be asked; ``StoreError`` where there is no
    ///   store or it cannot be used; ``AdminFailure/refused(_:)`` where the store refuses the change.
    func perform(_ change: StoreChange) async throws -> StoreChange.Outcome {
        // A change neither creates a store nor migrates one: both are steps that an operator decides on.
        try await reading { _ in }
        return try StoreAccess.checked(try await performHereOrThere(change))
    }

    /// Carries out a change in a store that is held here.
    private static func perform(_ change: StoreChange, in store: SQLiteEventStore) async throws -> StoreChange.Outcome {
        do throws(StoreError) {
            return try await store.perform(change)
        } catch {
            guard case .writeFailed = error, let message = AdminFailure(error).message else { throw error }
            throw AdminFailure.unavailable(
                "\(message) It is not known whether the change was made. \(change.whereInDoubt)"
            )
        }
    }

    /// Makes a failure of a refusal.
    private static func checked(_ outcome: StoreChange.Outcome) throws(AdminFailure) -> StoreChange.Outcome {
        if case .refused(let refusal) = outcome { throw AdminFailure(refusal) }
        return outcome
    }

    /// Lends a way to make many changes, and to read what they are made by. Where nobody holds the store it is held until all
    /// of them are made, so that it is not opened for each; otherwise the process that holds it is asked for each, and only
    /// where it is gone meanwhile they are carried out as by ``perform(_:)``.
    func changing<Value>(
        _ body: (any EventReader, _ perform: @escaping (StoreChange) async throws -> StoreChange.Outcome) async throws
            -> Value
    ) async throws -> Value {
        try await reading { _ in }
        do {
            return try await writing { store in
                try await body(store) { change in
                    try StoreAccess.checked(try await StoreAccess.perform(change, in: store))
                }
            }
        } catch StoreError.inUse(let processID) {
            // Only opening the store fails so; nothing was changed yet.
            let holder = try client(processID)
            return try await reading { reader in
                try await body(reader) { change in
                    do {
                        return try StoreAccess.checked(try await holder.perform(change))
                    } catch is NotListening {
                        return try await perform(change)
                    }
                }
            }
        }
    }

    private func client(_ processID: Int32) throws -> ControlClient {
        ControlClient(store: try StorePath(path), processID: processID)
    }

    private func performHereOrThere(_ change: StoreChange) async throws -> StoreChange.Outcome {
        try await hereOrThere {
            try await StoreAccess.perform(change, in: $0)
        } there: {
            try await $0.perform(change)
        }
    }

    /// Lends a way to have events stored: here where nobody holds the store, otherwise by the process that does.
    ///
    /// - Parameter account: An account that was found in the store.
    func ingesting<Value>(into account: Account, _ body: (any BatchTarget) async throws -> Value) async throws -> Value
    {
        try await hereOrThere { store in
            try await body(HeldStore(store: store, account: account.id))
        } there: { client in
            // What was begun is not begun again, so it is only begun where there is somebody to take it.
            try client.requireSocket()
            return try await body(StoreOfAnother(client: client, account: account.name))
        }
    }

    /// Does something with the store, here where nobody holds it, otherwise by asking the process that does.
    ///
    /// A holder that does not listen may be another `store-admin`, which is done in a moment, or a server that is about
    /// to listen. So it is tried for a while.
    ///
    /// - Parameter there: Throws ``NotListening`` where nobody took anything.
    private func hereOrThere<Value>(
        _ here: (SQLiteEventStore) async throws -> Value,
        there: (ControlClient) async throws -> Value
    ) async throws -> Value {
        var attempt = 1
        while true {
            do {
                return try await writing(here)
            } catch StoreError.inUse(let processID) {
                // Only opening the store fails so; nothing was changed yet.
                do {
                    return try await there(try client(processID))
                } catch let error as NotListening {
                    // A holder that was done during the last attempt leaves the store to one more.
                    if attempt >= Limits.changeAttempts {
                        let isFree = StoreLock.holder(of: try StorePath(path)) == nil
                        guard isFree, attempt == Limits.changeAttempts else {
                            throw error.failure("nothing was changed")
                        }
                    }
                }
            }
            attempt += 1
            try await pause()
        }
    }
}

extension AdminFailure {
    /// The failure that a refused change is reported as.
    init(_ refusal: StoreChange.Refusal) {
        switch refusal {
        case .accountExists:
            self = .refused("there is an account of that name already")
        case .unknownAccount:
            self = .unknownAccount
        case .unknownToken:
            self = .refused("the account has no token of that number; `store-admin token list` shows its tokens")
        case .tooManyTokens:
            self = .refused(
                "the account has \(Limits.activeTokensPerAccount) active tokens already; revoke one with "
                    + "`store-admin token revoke`"
            )
        case .unknownApp:
            self = .refused("the account has no app of that number; `store-admin app list` shows its apps")
        case .tooManyApps:
            self = .refused(
                "the account has \(Limits.appsPerAccount) apps already; delete one with `store-admin app delete`"
            )
        case .tooManyAccounts:
            self = .refused("the store holds \(Limits.accounts) accounts already")
        case .invalid(let field, let message):
            self = .refused("\(field) \(message)")
        }
    }
}
