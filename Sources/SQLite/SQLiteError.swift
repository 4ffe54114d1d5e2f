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
    /// The SQL of the statement, where there was one.
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
    /// The connection's own extended code is taken only where it belongs to this call; some calls (a bind that is out
    /// of memory, an open that failed early) do not set it.
    init(code: Int32, connection: OpaquePointer?, sql: String? = nil) {
        if let connection, sqlite3_errcode(connection) & 0xFF == code & 0xFF {
            self.init(
                extendedCode: sqlite3_extended_errcode(connection),
                message: String(cString: sqlite3_errmsg(connection)),
                sql: sql,
                systemErrorNumber: sqlite3_system_errno(connection)
            )
        } else {
            self.init(extendedCode: code, message: String(cString: sqlite3_errstr(code)), sql: sql)
        }
    }
}

extension SQLiteError {
    /// Damage that SQLite itself does not see: rows that are there, but not what they have to be.
    package static func damage(_ message: String) -> SQLiteError {
        SQLiteError(extendedCode: SQLITE_CORRUPT, message: message)
    }

    /// Damage in an index, which can be made again from what it is an index of.
    package static func missingInIndex(_ message: String) -> SQLiteError {
        SQLiteError(extendedCode: corruptIndex, message: message)
    }

    /// Whether something is missing in an index.
    package var isMissingInIndex: Bool { extendedCode == SQLiteError.corruptIndex }

    /// `SQLITE_CORRUPT_INDEX` (https://www.sqlite.org/rescode.html), a macro that Swift does not see.
    private static let corruptIndex = SQLITE_CORRUPT | (3 << 8)

    /// There is no room left: SQLite says so itself, or the operating system does behind an I/O error, as when the
    /// shared-memory file of the write-ahead log cannot grow. A sync that found no room is a failed sync, and no more than
    /// that.
    package var isDiskFull: Bool {
        if code == SQLITE_FULL { return true }
        return code == SQLITE_IOERR && !isFailedSync && (systemErrorNumber == ENOSPC || systemErrorNumber == EDQUOT)
    }

    /// A sync of a file or of its folder failed.
    package var isFailedSync: Bool {
        extendedCode == SQLITE_IOERR | (4 << 8) || extendedCode == SQLITE_IOERR | (5 << 8)
    }

    /// Another connection held a lock for longer than this one waits.
    package var isBusy: Bool { code == SQLITE_BUSY }

    /// A read, a write or a sync failed.
    package var isInputOutputError: Bool { code == SQLITE_IOERR }

    /// The file is damaged, or is no database.
    package var isDamage: Bool { code == SQLITE_CORRUPT || code == SQLITE_NOTADB }

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
