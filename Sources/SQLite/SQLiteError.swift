import CSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What SQLite reported: the code, its words, and the statement that it was about.
package struct SQLiteError: Error, Sendable, Hashable {
    /// The extended result code (https://www.sqlite.org/rescode.html).
    package var extendedCode: Int32
    /// SQLite's own message. It may quote names of the schema, never values that were bound.
    package var message: String
    /// The SQL of the statement, if there was one.
    package var sql: String?
    /// The operating system's error number at the time, or 0.
    package var systemErrorNumber: Int32

    /// The primary result code: the lower eight bits of the extended one.
    package var code: Int32 { extendedCode & 0xFF }

    package init(extendedCode: Int32, message: String, sql: String? = nil, systemErrorNumber: Int32 = 0) {
        self.extendedCode = extendedCode
        self.message = message
        self.sql = sql
        self.systemErrorNumber = systemErrorNumber
    }

    /// Reads the error that `connection` holds after a call that returned `code`.
    ///
    /// The connection's own extended code is used only if it belongs to this call; some calls (a bind that is out of
    /// memory, an open that failed early) do not set it.
    init(code: Int32, connection: OpaquePointer?, sql: String? = nil) {
        if let connection, sqlite3_errcode(connection) & 0xFF == code & 0xFF {
            let extendedCode = sqlite3_extended_errcode(connection)
            self.init(
                extendedCode: extendedCode,
                message: String(cString: sqlite3_errmsg(connection)),
                sql: sql,
                systemErrorNumber: SQLiteError.isOfSystem(extendedCode) ? sqlite3_system_errno(connection) : 0
            )
        } else {
            self.init(extendedCode: code, message: String(cString: sqlite3_errstr(code)), sql: sql)
        }
    }
}

extension SQLiteError {
    /// Whether a system call failed, so that its number belongs to this error. SQLite never clears the number of an
    /// earlier failure (https://www.sqlite.org/c3ref/system_errno.html), and sets none if it is out of memory itself
    /// (`SQLITE_IOERR_NOMEM`), or if a file ends too early (`SQLITE_IOERR_SHORT_READ`).
    private static func isOfSystem(_ extendedCode: Int32) -> Bool {
        let withoutNumber = [csqlite_ioerr_nomem, csqlite_ioerr_short_read]
        let code = extendedCode & 0xFF
        return (code == SQLITE_IOERR && !withoutNumber.contains(extendedCode)) || code == SQLITE_CANTOPEN
    }

    /// Damage that SQLite itself does not see: rows that exist, but are not what they have to be.
    package static func damage(_ message: String) -> SQLiteError {
        SQLiteError(extendedCode: SQLITE_CORRUPT, message: message)
    }

    /// Damage in an index of the caller's own, which can be rebuilt from what it is an index of. SQLite does not report
    /// damage in its own indexes this way: that has `SQLITE_CORRUPT_INDEX`.
    package static func missingInIndex(_ message: String) -> SQLiteError {
        SQLiteError(extendedCode: missingInOwnIndex, message: message)
    }

    /// Whether something is missing in an index of the caller's own.
    package var isMissingInIndex: Bool { extendedCode == SQLiteError.missingInOwnIndex }

    /// An extended code of `SQLITE_CORRUPT` that SQLite does not give (https://www.sqlite.org/rescode.html).
    private static let missingInOwnIndex = SQLITE_CORRUPT | (255 << 8)

    /// There is no room left: SQLite says so itself, or the operating system does behind an I/O error, for example if
    /// the shared-memory file of the write-ahead log cannot grow. A sync that found no room is a failed sync, and
    /// nothing else.
    package var isDiskFull: Bool {
        if code == SQLITE_FULL { return true }
        // The index of the log could not grow, of which SQLite keeps no number.
        if extendedCode == csqlite_ioerr_shmsize, systemErrorNumber == 0 { return true }
        return code == SQLITE_IOERR && !isFailedSync && (systemErrorNumber == ENOSPC || systemErrorNumber == EDQUOT)
    }

    /// A sync of a file or of its folder failed.
    package var isFailedSync: Bool {
        extendedCode == csqlite_ioerr_fsync || extendedCode == csqlite_ioerr_dir_fsync
    }

    /// Another connection held a lock for longer than this one waits.
    package var isBusy: Bool { code == SQLITE_BUSY }

    /// A read, a write or a sync failed.
    package var isInputOutputError: Bool { code == SQLITE_IOERR }

    /// The file is damaged, or is no database.
    package var isDamage: Bool { code == SQLITE_CORRUPT || code == SQLITE_NOTADB }

    /// The statement does not fit this database, for example because a table or a column is missing.
    package var isFaultOfStatement: Bool { code == SQLITE_ERROR }

    /// The file could not be opened, or not in the way that was asked for.
    package var isUnavailable: Bool {
        code == SQLITE_CANTOPEN || code == SQLITE_PERM || code == SQLITE_READONLY || code == SQLITE_AUTH
    }
}

extension SQLiteError: CustomStringConvertible {
    /// The message, the system's words for it and the code, for people who did not write the statement.
    package var summary: String {
        let system = systemErrorNumber == 0 ? "" : ": \(String(cString: strerror(systemErrorNumber)))"
        return "\(message)\(system) (SQLite \(extendedCode))"
    }

    /// The message, the code, and the statement.
    package var description: String {
        summary + (sql.map { " in: \($0)" } ?? "")
    }
}
