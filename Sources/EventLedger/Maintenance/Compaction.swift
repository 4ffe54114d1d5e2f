import SQLite

/// What writing a store's file anew came to.
public struct Compaction: Sendable, Hashable {
    /// The size of the database file before, in bytes.
    public var bytesBefore: Int64
    /// The size of the database file afterwards, in bytes.
    public var bytesAfter: Int64
    /// Whether the file is the new one already. Where another process went on reading the old one, what was written anew waits in
    /// the log, and takes its place with the next opening.
    public var isInPlace: Bool
}

extension SQLiteEventStore {
    /// Writes a store's database file anew, with what it holds and nothing else (https://www.sqlite.org/lang_vacuum.html).
    ///
    /// Afterwards nothing is left in the file of what was erased, also not in the copies of rows that SQLite leaves in the gaps
    /// of pages, and the room of what was erased or has expired is the file system's again. Events, ids, keys and cursors stay as
    /// they are. It takes minutes for a large store, and as much room as the store again, twice: in the folder for temporary
    /// files (`SQLITE_TMPDIR`, else `TMPDIR` or `/var/tmp`), and beside the store.
    ///
    /// - Parameter path: The database file, which must exist and have this software's schema.
    /// - Throws: ``StoreError/inUse(processID:)`` where a process holds the store; ``StoreError/diskFull`` where there is too
    ///   little room, and the store is as it was; ``StoreError/unavailable(reason:)`` where another process goes on reading it, and
    ///   nothing was begun.
    public static func compact(at path: String) async throws(StoreError) -> Compaction {
        try await SQLiteEventReader.open(at: path).close()
        let path = try StorePath(path)
        return try await runBlocking { () throws(StoreError) in try compact(path) }
    }

    private static func compact(_ path: StorePath) throws(StoreError) -> Compaction {
        let lock = try StoreLock(path)
        let store = try StoreOpening.openForWriting(path)
        let before = StorePath.size(of: path.database)
        try mappingErrors { () throws(SQLiteError) in
            try store.connection.execute(SQL.configureCompaction)
            try store.connection.execute(SQL.compact)
        }
        let isInPlace = try putInPlace(store.connection)
        let after = StorePath.size(of: path.database)
        // Given up only after the connection is closed.
        _ = consume store
        _ = consume lock
        return Compaction(bytesBefore: before, bytesAfter: after, isInPlace: isInPlace)
    }

    private static func putInPlace(_ connection: borrowing Connection) throws(StoreError) -> Bool {
        do throws(StoreError) {
            try StoreOpening.copyLog(connection)
            return true
        } catch {
            guard case .unavailable = error else { throw error }
            return false
        }
    }
}
