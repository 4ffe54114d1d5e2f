import CSQLite

/// A write transaction, open from its creation until it is committed or rolled back.
///
/// It takes the write lock at once (`BEGIN IMMEDIATE`): a transaction that starts as a reader and writes later fails
/// with "database is locked" as soon as somebody else has written in between, whatever the busy timeout. One that is
/// neither committed nor rolled back is rolled back when its lifetime ends.
package struct Transaction: ~Copyable {
    private let connection: OpaquePointer
    private let statements: TransactionStatements

    fileprivate init(connection: OpaquePointer, _ statements: TransactionStatements) throws(SQLiteError) {
        try statements.begin(connection)
        self.connection = connection
        self.statements = statements
    }

    deinit {
        // An error may already have ended the whole transaction; then there is nothing left to roll back.
        if sqlite3_get_autocommit(connection) == 0 { statements.rollBack(connection) }
    }

    /// Commits; with `synchronous=FULL` everything is on stable storage when this returns.
    ///
    /// - Throws: ``SQLiteError``; the transaction is rolled back then.
    package consuming func commit() throws(SQLiteError) {
        try statements.commit(connection)
    }

    /// Rolls back.
    package consuming func rollBack() {}
}

/// The statements that begin and end a connection's transactions, prepared when they are first used and then kept.
final class TransactionStatements {
    private let log: GatheringLog
    private var beginning: Statement?
    private var committing: Statement?
    private var rollingBack: Statement?

    init(_ log: GatheringLog) {
        self.log = log
    }

    fileprivate func begin(_ connection: OpaquePointer) throws(SQLiteError) {
        // First: if memory is too short to prepare it, no transaction is begun that could not be rolled back.
        if rollingBack == nil { rollingBack = try Statement("ROLLBACK", connection: connection) }
        if beginning == nil { beginning = try Statement("BEGIN IMMEDIATE", connection: connection) }
        try beginning?.run()
    }

    fileprivate func commit(_ connection: OpaquePointer) throws(SQLiteError) {
        if committing == nil { committing = try Statement("COMMIT", connection: connection) }
        log.systemErrorNumber = 0
        do {
            try committing?.run()
        } catch {
            guard log.isAttached else { throw error }
            // SQLite does not ask for the system's number when a commit fails, and would report that of an earlier
            // failure.
            var error = error
            error.systemErrorNumber = log.systemErrorNumber
            throw error
        }
    }

    fileprivate func rollBack(_ connection: OpaquePointer) {
        do {
            try rollingBack?.run()
        } catch {
            sqlite3_exec(connection, "ROLLBACK", nil, nil, nil)
        }
    }
}

extension Connection {
    /// Opens a write transaction, waiting for the write lock no longer than the busy timeout.
    package func beginImmediate() throws(SQLiteError) -> Transaction {
        try Transaction(connection: handle, transactions)
    }

    /// Marks a point in the open transaction to which it can be rolled back. Only one exists at a time.
    package func beginSavepoint() throws(SQLiteError) {
        try execute("SAVEPOINT mark")
    }

    /// Rolls the open transaction back to the point that was marked, and continues from there.
    package func rollBackToSavepoint() throws(SQLiteError) {
        try execute("ROLLBACK TO mark; RELEASE mark")
    }

    /// Runs `body` in a read transaction, so that all of its statements see the same state of the database.
    package func reading<Result, Failure: Error>(
        mappingErrors map: (SQLiteError) -> Failure,
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        do {
            try execute("BEGIN")
        } catch {
            throw map(error)
        }
        defer { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
        return try body()
    }
}
