import CSQLite

/// One connection to one database file.
///
/// It belongs to the thread that opened it: it is neither copied nor sent, and it is opened without SQLite's mutex. It
/// is closed when its lifetime ends; using it after ``close()`` does not compile.
///
/// No connection checkpoints by itself, not even as the last one to close. In SQLite up to 3.51.2 two connections that
/// write or checkpoint at the same instant can damage the write-ahead log (https://www.sqlite.org/wal.html, "the
/// WAL-reset bug"). So checkpoints are left to the one writer, which calls ``checkpoint(_:)`` and checks the result.
package struct Connection: ~Copyable {
    /// How the file is opened.
    package enum Mode: Sendable {
        /// Read and write; the file must exist.
        case readWrite
        /// Read only.
        case readOnly
        /// Read only, for a file that nobody changes, in a folder where nothing can be created.
        case immutable
        /// A private database in memory.
        case inMemory
    }

    let handle: OpaquePointer
    /// Where SQLite notes the length of the write-ahead log after each commit; on the heap, so that its address does
    /// not change.
    private let committedLogPages: UnsafeMutablePointer<Int32>
    private let logFile = GatheringLog()
    let transactions: TransactionStatements

    /// Opens a database file.
    ///
    /// - Parameters:
    ///   - path: The file's path, taken literally and never as a URI.
    ///   - fileSystem: The name of the SQLite VFS that has the file; nil for the system's.
    ///   - busyTimeoutMilliseconds: How long a call waits for a lock that another connection holds.
    /// - Throws: ``SQLiteError``; SQLite reads the file only when it is first used, so that damage shows later.
    package init(
        path: String,
        mode: Mode,
        fileSystem: String? = nil,
        busyTimeoutMilliseconds: Int32 = 5_000
    ) throws(SQLiteError) {
        self.handle = try Connection.open(path, mode, fileSystem, busyTimeoutMilliseconds: busyTimeoutMilliseconds)
        self.transactions = TransactionStatements(logFile)
        self.committedLogPages = .allocate(capacity: 1)
        self.committedLogPages.initialize(to: 0)
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                context?.assumingMemoryBound(to: Int32.self).pointee = pages
                return SQLITE_OK
            },
            committedLogPages
        )
    }

    private static func open(
        _ path: String,
        _ mode: Mode,
        _ fileSystem: String?,
        busyTimeoutMilliseconds: Int32
    ) throws(SQLiteError) -> OpaquePointer {
        var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        switch mode {
        case .readWrite: flags |= SQLITE_OPEN_READWRITE
        case .readOnly: flags |= SQLITE_OPEN_READONLY
        case .immutable: flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
        case .inMemory: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY
        }
        var opened: OpaquePointer?
        let name = mode == .immutable ? uri(path) + "?immutable=1" : path
        var code = sqlite3_open_v2(name, &opened, flags, fileSystem)
        if code == SQLITE_OK { code = sqlite3_busy_timeout(opened, busyTimeoutMilliseconds) }
        if code == SQLITE_OK { code = csqlite_enable_defensive_mode(opened) }
        if code == SQLITE_OK { code = csqlite_disable_double_quoted_strings(opened) }
        if code == SQLITE_OK { code = csqlite_disable_checkpoint_on_close(opened) }
        guard code == SQLITE_OK, let opened else {
            let error = SQLiteError(code: code, connection: opened)
            sqlite3_close_v2(opened)
            throw error
        }
        return opened
    }

    /// A path as a URI (https://www.sqlite.org/uri.html), with everything escaped that is not plain.
    private static func uri(_ path: String) -> String {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-".utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        let bytes = path.utf8.flatMap { byte in
            plain.contains(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        // Otherwise a path that begins with two slashes would begin with the name of a machine.
        return "file:" + (path.hasPrefix("/") ? "//" : "") + String(decoding: bytes, as: UTF8.self)
    }

    deinit {
        // The v2 close waits for statements that are still alive, so the order in which a connection and its statements
        // are destroyed does not matter.
        sqlite3_wal_hook(handle, nil, nil)
        logFile.detach(from: handle)
        sqlite3_close_v2(handle)
        committedLogPages.deallocate()
    }

    /// Closes the connection now instead of at the end of its scope.
    package consuming func close() {}

    /// Prepares one statement, to be kept and used many times.
    package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        try Statement(sql, connection: handle)
    }

    /// Runs one or more statements that take no values and return no rows.
    package func execute(_ sql: String) throws(SQLiteError) {
        try check(sqlite3_exec(handle, sql, nil, nil, nil), sql: sql)
    }

    /// The first column of the first row of a statement that takes no values, as an integer; nil if there is none.
    package func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        try prepare(sql).first { row in row.integer(0) }
    }

    /// The first column of the first row of a statement that takes no values, as text; nil if there is none.
    package func text(_ sql: String) throws(SQLiteError) -> String? {
        try prepare(sql).first { row in row.text(0) }
    }

    /// Whether nothing can be written to the database.
    package var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

    /// Whether no transaction is open. After an error this shows whether SQLite rolled back the whole transaction.
    package var isAutocommit: Bool { sqlite3_get_autocommit(handle) != 0 }

    /// Throws the error that the connection holds, unless `code` is a success.
    func check(_ code: Int32, sql: String? = nil) throws(SQLiteError) {
        guard code == SQLITE_OK else {
            throw SQLiteError(code: code, connection: handle, sql: sql)
        }
    }
}

extension Connection {
    /// How thorough a checkpoint is (https://www.sqlite.org/c3ref/wal_checkpoint_v2.html).
    package enum CheckpointMode: Sendable {
        /// As much as readers allow, without waiting for anybody.
        case passive
        /// All of it, and the log is truncated to zero length.
        case truncate
    }

    /// What a checkpoint did.
    package struct CheckpointResult: Sendable, Hashable {
        /// The pages in the log.
        package var logPages: Int32
        /// How many of them are in the database file now.
        package var checkpointedPages: Int32
        /// Whether all of the log is in the database file.
        package var isComplete: Bool { logPages == checkpointedPages }
    }

    /// The pages in the write-ahead log after this connection's last commit; 0 before the first one.
    package var logPages: Int32 { committedLogPages.pointee }

    /// Writes the log in larger pieces from now on, and measures how long its syncs take. Called once the connection
    /// has read the database; `synchronous` must not be `OFF`.
    package func gatherWrites() { logFile.attach(to: handle) }

    /// Which ends of transactions have reached the log since ``gatherWrites()``.
    package var logEnds: LogEnds { logFile.ends }
    /// How many rows this connection has changed, also in transactions that were rolled back. The count wraps around.
    package var changeCount: Int32 { sqlite3_total_changes(handle) }
    /// How often the write-ahead log has started again since ``gatherWrites()``, also with transactions that failed.
    package var logBeginnings: UInt64 { logFile.beginnings }

    /// Whether the log is shorter than what this connection wrote to it since ``gatherWrites()``: another process has
    /// truncated it, after copying all of it into the database, or in place. A commit then fails with an I/O error,
    /// unless it starts the log again.
    package var isLogShort: Bool { logFile.isShort(of: handle) }

    /// How long the log's syncs have taken in all since ``gatherWrites()``, in seconds.
    package var logSyncSeconds: Double { Double(logFile.syncNanoseconds) / 1e9 }

    /// Copies the write-ahead log into the database file and syncs it.
    ///
    /// - Throws: ``SQLiteError``; also `SQLITE_BUSY` for a ``CheckpointMode/truncate`` that a reader blocked, and
    ///   `SQLITE_MISUSE` if there is no log to copy, which is so until the connection has read the database.
    @discardableResult
    package func checkpoint(_ mode: CheckpointMode) throws(SQLiteError) -> CheckpointResult {
        var logPages: Int32 = 0
        var checkpointedPages: Int32 = 0
        let rawMode =
            switch mode {
            case .passive: SQLITE_CHECKPOINT_PASSIVE
            case .truncate: SQLITE_CHECKPOINT_TRUNCATE
            }
        try check(sqlite3_wal_checkpoint_v2(handle, nil, rawMode, &logPages, &checkpointedPages))
        // SQLite reports success if it finds no log, and a connection that never read the database finds none.
        guard logPages >= 0 else {
            throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "there is no write-ahead log to checkpoint")
        }
        return CheckpointResult(logPages: logPages, checkpointedPages: checkpointedPages)
    }
}
