import SQLite

extension StoreError {
    /// What an error of SQLite means for the store as a whole.
    init(_ error: SQLiteError) {
        if error.isDiskFull {
            self = .diskFull
        } else if error.isDamage {
            self = .damaged(reason: error.summary)
        } else if error.isInputOutputError {
            self = .writeFailed(reason: error.summary)
        } else if error.isUnavailable {
            self = .unavailable(reason: error.summary)
        } else {
            self = .unexpected(reason: error.description)
        }
    }
}

extension SQLiteError {
    /// Whether it is unknown after this error what the disk holds.
    var leavesDiskInDoubt: Bool { isDamage || (isInputOutputError && !isDiskFull) }
}

/// Runs `body` and turns an error of SQLite into one of the store.
func mappingErrors<Result: ~Copyable>(_ body: () throws(SQLiteError) -> Result) throws(StoreError) -> Result {
    do {
        return try body()
    } catch {
        throw StoreError(error)
    }
}

extension Connection {
    /// Reads in one transaction, so that everything is of one moment, and turns an error of SQLite into one of the
    /// store.
    func atOneMoment<Result>(_ body: () throws(SQLiteError) -> Result) throws(StoreError) -> Result {
        try mappingErrors { () throws(SQLiteError) in try reading(mappingErrors: { $0 }, body) }
    }
}
