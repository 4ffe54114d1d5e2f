import SQLite

/// What happens to a transaction that fails.
extension WriterSession {
    /// Why a transaction failed.
    enum Failure: Error {
        /// A command failed in a way that may be its own fault.
        case command(SQLiteError)
        /// The transaction as a whole failed.
        case transaction(SQLiteError)
        /// The transaction as a whole failed, and a crash would bring it back.
        case inDoubt(SQLiteError)

        var error: SQLiteError {
            switch self {
            case .command(let error), .transaction(let error), .inDoubt(let error): error
            }
        }

        var mayBeOneCommand: Bool { if case .command = self { true } else { false } }
    }

    /// How a transaction failed whose commit threw an error.
    ///
    /// Its end may have reached the log all the same, for example if there was no room or no memory for the log's
    /// index. After a crash the next process would then find the transaction there, although its callers were told that
    /// their events are not stored. So another transaction takes its place, and is synced, before anybody is told.
    ///
    /// - Parameter earlier: The ends in the log when the transaction began.
    mutating func failure(_ error: SQLiteError, since earlier: LogEnds) -> Failure {
        let failed = connection.logEnds
        guard failed.hasNew(since: earlier), !error.leavesDiskInDoubt, connection.isAutocommit else {
            return .transaction(error)
        }
        do {
            try commitPage()
        } catch {
            // It need not be committed, as long as it has taken the place of the other one.
            guard !error.leavesDiskInDoubt, connection.logEnds.hasNew(since: failed), connection.logEnds.isSynced else {
                return .inDoubt(error)
            }
        }
        return .transaction(error)
    }
}
