import EventLedger
import IngestAPI

/// Access to one store: reads it at any time, and changes it, here or through the process that holds it.
struct StoreAccess: Sendable {
    /// The database file as the operator named it.
    let path: String
    /// The pause between two attempts at a change.
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

    /// Checks that there is a store, with the current schema or an older one. Nothing is created or changed.
    ///
    /// - Returns: The version of the schema if it is an older one.
    @discardableResult
    func requireStore() async throws -> Int? {
        do {
            try await reading { _ in }
            return nil
        } catch StoreError.needsMigration(let found, _) {
            return found
        }
    }

    /// Holds the store for writing. A missing store is created, and an older schema is migrated.
    ///
    /// - Throws: ``StoreError/inUse(processID:)`` if another process holds the store.
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

    /// Carries out a change: here if nobody holds the store, otherwise by asking the process that does.
    ///
    /// - Returns: The outcome, once the change is on disk.
    /// - Throws: ``AdminFailure/unavailable(_:)`` if that process cannot be asked; ``StoreError`` if there is no store
    ///   or it cannot be used; ``AdminFailure/refused(_:)`` if the store refuses the change.
    func perform(_ change: StoreChange) async throws -> StoreChange.Outcome {
        // A change neither creates a store nor migrates one: both are steps that an operator decides on.
        try await reading { _ in }
        return try StoreAccess.checked(try await performHereOrThere(change))
    }

    /// Carries out a change in a store that this process holds.
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

    /// Throws a refusal as a failure.
    private static func checked(_ outcome: StoreChange.Outcome) throws(AdminFailure) -> StoreChange.Outcome {
        if case .refused(let refusal) = outcome { throw AdminFailure(refusal) }
        return outcome
    }

    /// Lends a way to make many changes, and to read what they depend on.
    ///
    /// If nobody holds the store, this process holds it until all changes are made, so that it is not opened for each.
    /// Otherwise the process that holds it is asked for each change. Only if that process has gone meanwhile is a
    /// change carried out as by ``perform(_:)``.
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
            // Only opening the store throws this error; nothing was changed yet.
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

    /// Lends a way to store events: here if nobody holds the store, otherwise through the process that does.
    ///
    /// - Parameter account: An account that was found in the store.
    func ingesting<Value>(into account: Account, _ body: (any BatchTarget) async throws -> Value) async throws -> Value
    {
        try await hereOrThere { store in
            try await body(HeldStore(store: store, account: account.id))
        } there: { client in
            // Work that has begun is not started again, so it begins only if there is a socket to send it to.
            try client.requireSocket()
            return try await body(StoreOfAnother(client: client, account: account.name))
        }
    }

    /// Does something with the store, here if nobody holds it, otherwise by asking the process that does.
    ///
    /// A holder that does not listen may be another `store-admin`, which is done in a moment, or a server that is about
    /// to listen. So this is tried for a while.
    ///
    /// - Parameter there: Throws ``NotListening`` if nobody received anything.
    private func hereOrThere<Value>(
        _ here: (SQLiteEventStore) async throws -> Value,
        there: (ControlClient) async throws -> Value
    ) async throws -> Value {
        var attempt = 1
        while true {
            do {
                return try await writing(here)
            } catch StoreError.inUse(let processID) {
                // Only opening the store throws this error; nothing was changed yet.
                do {
                    return try await there(try client(processID))
                } catch let error as NotListening {
                    // If the holder ended during the last attempt, the store is free for one more.
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
    /// The failure that reports a refused change.
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
