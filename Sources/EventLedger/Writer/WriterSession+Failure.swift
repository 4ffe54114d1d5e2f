import SQLite

/// What becomes of a transaction that fails.
extension WriterSession {
    /// Why a transaction came to nothing.
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

    /// What a transaction came to that failed as it was committed.
    ///
    /// Its end may have got to the log all the same, as where there was no room or no memory for the log's index. Then the
    /// next process would find the transaction there after a crash, and those whose events it holds would have been told
    /// that they are not stored. So another one takes its place, and is synced, before anybody is told.
    ///
    /// - Parameter earlier: The ends in the log as the transaction began.
    mutating func failure(_ error: SQLiteError, since earlier: LogEnds) -> Failure {
        let failed = connection.logEnds
        guard failed.hasNew(since: earlier), !error.leavesDiskInDoubt, connection.isAutocommit else {
            return .transaction(error)
        }
        do {
            try commitPage()
        } catch {
            // It need not be committed, as long as it is in the place of the other one.
            guard !error.leavesDiskInDoubt, connection.logEnds.hasNew(since: failed), connection.logEnds.isSynced else {
                return .inDoubt(error)
            }
        }
        return .transaction(error)
    }
}
