import SQLite

/// The result of rewriting a store's file.
public struct Compaction: Sendable, Hashable {
    /// The size of the database file before, in bytes.
    public var bytesBefore: Int64
    /// The size of the database file afterwards, in bytes.
    public var bytesAfter: Int64
    /// Whether the file is the new one already. If another process went on reading the old one, the rewritten store
    /// waits in the log, and takes its place with the next opening.
    public var isInPlace: Bool
}

extension SQLiteEventStore {
    /// Rewrites a store's database file, with what it holds and nothing else (https://www.sqlite.org/lang_vacuum.html).
    ///
    /// Afterwards the file contains nothing of what was erased, not even in the copies of rows that SQLite leaves in
    /// the gaps of pages. The room of what was erased or has expired is free for the file system again. Events, ids,
    /// keys and cursors stay as they are. It takes minutes for a large store, and needs as much free room as the store
    /// takes, twice: in the folder for temporary files (`SQLITE_TMPDIR`, else `TMPDIR` or `/var/tmp`), and beside the
    /// store.
    ///
    /// - Parameter path: The database file, which must exist and have this software's schema.
    /// - Throws: ``StoreError/inUse(processID:)`` if a process holds the store; ``StoreError/diskFull`` if there is too
    ///   little room (the store is as it was); ``StoreError/unavailable(reason:)`` if another process goes on reading
    ///   it (nothing was begun).
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
        // Released only after the connection is closed.
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
