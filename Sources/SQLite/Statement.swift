import CSQLite

/// A prepared statement. It is reset, and releases the values that were bound, on every way out of every call.
package struct Statement: ~Copyable {
    let handle: OpaquePointer

    /// Prepares exactly one statement for long use.
    init(_ sql: String, connection: OpaquePointer) throws(SQLiteError) {
        var prepared: OpaquePointer?
        var sql = sql
        // By length, not by NUL; the tail is checked, so that a second statement is not silently dropped.
        let (code, hasTail) = sql.withUTF8 { bytes -> (Int32, Bool) in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                var tail: UnsafePointer<CChar>?
                let code = sqlite3_prepare_v3(
                    connection,
                    characters.baseAddress,
                    Int32(characters.count),
                    UInt32(SQLITE_PREPARE_PERSISTENT),
                    &prepared,
                    &tail
                )
                guard let tail, let start = characters.baseAddress else { return (code, false) }
                let rest = UnsafeBufferPointer(start: tail, count: characters.count - (tail - start))
                return (code, rest.contains { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 && $0 != 0x3B })
            }
        }
        guard code == SQLITE_OK, let prepared else {
            throw code == SQLITE_OK
                ? SQLiteError(extendedCode: SQLITE_MISUSE, message: "the SQL holds no statement", sql: sql)
                : SQLiteError(code: code, connection: connection, sql: sql)
        }
        self.handle = prepared
        precondition(!hasTail, "a prepared statement is one statement: \(sql)")
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// The statement's SQL, with its placeholders.
    package var sql: String { String(cString: sqlite3_sql(handle)) }

    /// Runs a statement and discards its rows.
    ///
    /// - Parameter bind: Binds the statement's values; those that it leaves out are NULL.
    package func run(_ bind: (inout Bindings) -> Void = { _ in }) throws(SQLiteError) {
        defer { reset() }
        try bindValues(bind)
        while try step() {}
    }

    /// Runs a statement and reads its first row.
    ///
    /// - Parameter read: Takes what it needs from the row, which is gone when it returns; it may throw if it finds
    ///   damage.
    /// - Returns: What `read` returned, or nil if there was no row.
    package func first<Result>(
        _ bind: (inout Bindings) -> Void = { _ in },
        read: (borrowing Row) throws(SQLiteError) -> Result
    ) throws(SQLiteError) -> Result? {
        defer { reset() }
        try bindValues(bind)
        guard try step() else { return nil }
        return try read(Row(statement: handle))
    }

    /// Whether there is a row.
    package func hasRow(_ bind: (inout Bindings) -> Void = { _ in }) throws(SQLiteError) -> Bool {
        try first(bind) { _ in true } ?? false
    }

    /// Runs a statement and reads its rows one after the other.
    ///
    /// - Parameter read: Takes what it needs from a row, and returns whether it wants another one; it may throw if it
    ///   finds damage.
    package func forEach(
        _ bind: (inout Bindings) -> Void = { _ in },
        read: (borrowing Row) throws(SQLiteError) -> Bool
    ) throws(SQLiteError) {
        defer { reset() }
        try bindValues(bind)
        while try step(), try read(Row(statement: handle)) {}
    }

    private func bindValues(_ bind: (inout Bindings) -> Void) throws(SQLiteError) {
        var bindings = Bindings(statement: handle)
        bind(&bindings)
        guard bindings.firstFailure == SQLITE_OK else {
            throw SQLiteError(code: bindings.firstFailure, connection: sqlite3_db_handle(handle), sql: sql)
        }
    }

    private func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw SQLiteError(code: code, connection: sqlite3_db_handle(handle), sql: sql)
        }
    }

    private func reset() {
        // The reset repeats the step's error, which was already thrown.
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    /// Whether the statement is between its first row and its end; never true between two calls.
    package var isBusy: Bool { sqlite3_stmt_busy(handle) != 0 }
}
