import EventModel
import SQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The result of restoring a store.
package struct Restoration: Sendable, Hashable {
    /// The new name of the database file that was there; its log has the matching name. Nil if there was no file.
    package var setAside: String?
    /// How many accounts there are; each of them passes over a range of numbers.
    package var accounts: Int
    /// Whether the numbers that the replaced store had given out could be read; if so, they are passed over as well.
    package var knowsReplacedNumbers: Bool
}

extension SQLiteEventStore {
    /// Puts a copy of a store in the place of a store, or where there is none.
    ///
    /// The files that were there get other names, and nothing in them is changed. In the copy each account passes over
    /// ``Limits/numbersPassedOver`` numbers of events, which are recorded as erased, and as many of contacts. New
    /// accounts pass over ``Limits/accountsPassedOver`` numbers. So numbers that were given out after the copy was made
    /// are not given out again: an id stays that of one event or one contact, and a reader whose cursor is past the
    /// end of the copy misses none of the new events. Access tokens of apps become invalid, including those made with a
    /// secret that the copy does not know.
    ///
    /// Until the copy is complete and on disk, the store is as it was. If this is interrupted before the copy is in its
    /// place, calling it again begins again.
    ///
    /// - Parameters:
    ///   - path: The database file.
    ///   - copy: A copy of the store, or any other store of this software's schema.
    /// - Throws: ``StoreError/inUse(processID:)`` if a process holds the store; otherwise why the copy cannot be read,
    ///   or cannot be put in place. The store is then as it was, unless the error says otherwise.
    package static func restore(at path: String, from copy: String) async throws(StoreError) -> Restoration {
        try await restore(at: path, from: copy, StorePlacement())
    }

    static func restore(
        at path: String,
        from copy: String,
        _ placement: StorePlacement
    ) async throws(StoreError) -> Restoration {
        let path = try StorePath(path)
        let copy = try StorePath(copy)
        guard path.database != copy.database else {
            throw .unavailable(reason: "\(copy.database) is the store that is to be restored; name a copy of it")
        }
        guard copy.database != path.restoring else {
            throw .unavailable(
                reason:
                    "\(copy.database) was left by an interrupted restore and may be incomplete; name the copy that "
                    + "it was made from"
            )
        }
        return try await runBlocking { () throws(StoreError) in try restore(path, from: copy, placement) }
    }

    private static func restore(
        _ path: StorePath,
        from copy: StorePath,
        _ placement: StorePlacement
    ) throws(StoreError) -> Restoration {
        guard copy.database != path.setAsideByBrokenOffRestore || !path.hasLog else {
            throw .unavailable(
                reason: "\(copy.database) was set aside by a restore that was interrupted before it set the log "
                    + "aside as well; rename \(path.writeAheadLog) to \(copy.writeAheadLog) first"
            )
        }
        let source = try StoreOpening.openForReading(copy)
        let lock = try StoreLock(path)
        try requireSound(source.connection)
        let earlier = path.setAsideByBrokenOffRestore
        let replaced = try earlier.map { file throws(StoreError) in try StorePath(file) } ?? path
        let replacesStore = replaced.exists
        let given = replacesStore ? GivenNumbers(of: replaced) : GivenNumbers()
        let new = try StorePath(path.restoring)
        let accounts: Int
        let setAside: String?
        do throws(StoreError) {
            accounts = try make(new, from: source.connection, inPlaceOf: path, beyond: given ?? GivenNumbers())
            setAside = try placement.place(new, at: path, settingAsideAs: earlier)
        } catch {
            // Kept if the store's file is not in its place: without it the next opening would make a new, empty store
            // there.
            if path.exists || !replacesStore { new.removeDatabase() }
            throw error
        }
        // Released only after every file is in its place.
        _ = consume lock
        return Restoration(setAside: setAside, accounts: accounts, knowsReplacedNumbers: given != nil)
    }

    private static func requireSound(_ source: borrowing Connection) throws(StoreError) {
        let finding = try mappingErrors { () throws(SQLiteError) in try source.text(SQL.quickCheck) }
        guard finding == "ok" else {
            throw .unavailable(
                reason:
                    "the copy is damaged: it does not pass SQLite's quick check (\(finding ?? "no answer")); use another one"
            )
        }
    }

    /// Makes the new store. Everything is done to it before it gets its name, so that nobody can meet half a store.
    private static func make(
        _ new: StorePath,
        from source: borrowing Connection,
        inPlaceOf path: StorePath,
        beyond given: GivenNumbers
    ) throws(StoreError) -> Int {
        // Left by a process that was killed. Only the holder of the lock uses this name.
        new.removeDatabase()
        try new.createDatabaseFile()
        new.takeRights(of: path)
        _ = try StoreCopy.copy(source, into: new.database)
        let accounts = try passOverNumbers(new, given)
        // The checkpoint was the last write, and has synced the whole file.
        new.removeLogs()
        return accounts
    }

    /// Makes each account pass over a range of numbers, and likewise new accounts and the apps' secrets, in one
    /// transaction.
    ///
    /// - Parameter given: What the replaced store has given out. It may have passed over the very same range, if it was
    ///   restored from the same copy.
    /// - Returns: How many accounts there are.
    private static func passOverNumbers(_ path: StorePath, _ given: GivenNumbers) throws(StoreError) -> Int {
        let store = try StoreOpening.openForWriting(path)
        let count = try mappingErrors { () throws(SQLiteError) in
            let accounts = try AccountRepository(store.connection)
            let events = try EventRepository(store.connection)
            let contacts = try ContactGapRepository(store.connection)
            let apps = try AppRepository(store.connection)
            let now = Timestamp.now()
            let transaction = try store.connection.beginImmediate()
            let names = try accounts.names()
            for (_, id) in names {
                guard var numbering = try accounts.numbering(of: id) else { continue }
                try accounts.requireNothingBeyond(numbering, of: id)
                let last = given.numbers[id]
                if let range = passOver(&numbering.lastEvent, last?.event, of: id) { try events.record(range, at: now) }
                if let range = passOver(&numbering.lastContact, last?.contact, of: id) {
                    try contacts.record(range, at: now)
                }
                try accounts.update(numbering, of: id)
            }
            // So that logs of the replaced store are not taken for those of this one.
            try store.connection.execute(SQL.passOverLogNumbers)
            let lastAccount = max(try accounts.lastID(), given.lastAccount)
            try accounts.passOver(through: min(lastAccount + Limits.accountsPassedOver, Int64(Limits.accounts)))
            for (app, _) in try apps.allApps() {
                let last = max(app.secretVersion, given.secretVersions[app.clientID] ?? 0)
                let (next, isTooLarge) = last.addingReportingOverflow(Limits.secretVersionsPassedOver)
                try apps.setSecretVersion(isTooLarge ? .max : next, of: app.id, in: app.account)
            }
            try transaction.commit()
            return names.count
        }
        try StoreOpening.copyLog(store.connection)
        return count
    }

    /// Raises the highest number that an account gave out above the one that it gave out elsewhere.
    ///
    /// - Returns: The numbers in between; nil if none are left.
    private static func passOver(_ last: inout Int64, _ elsewhere: Int64?, of account: Account.ID) -> PositionRange? {
        let first = last + 1
        last = min(max(last, elsewhere ?? 0) + Limits.numbersPassedOver, Limits.sequencePerAccount)
        guard last >= first else { return nil }
        return PositionRange(
            first: Position(account: account, number: first),
            last: Position(account: account, number: last)
        )
    }
}

extension StorePath {
    /// Gives the database file the owner and the permissions of another one, so that the same users can use it.
    fileprivate func takeRights(of other: StorePath) {
        var information = stat()
        guard stat(other.database, &information) == 0 else { return }
        if geteuid() == 0 { _ = chown(database, information.st_uid, information.st_gid) }
        chmod(database, information.st_mode & 0o777)
    }

    fileprivate func removeLogs() {
        for file in StorePath.databaseFiles(database).dropFirst() { unlink(file) }
    }

    fileprivate func removeDatabase() {
        removeLogs()
        unlink(database)
    }
}
