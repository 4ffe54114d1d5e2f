import SQLite

/// Copies stores page by page, as they are.
///
/// This is used rather than `VACUUM INTO`: it is as fast as the disk, needs no room except for the copy, and does not
/// rewrite tables or indexes, so that the copy is the store, whatever state it is in. (Compacting a store is a command
/// of its own.)
enum StoreCopy {
    /// Copies a store into an empty file in one step, so that all of it is of one moment, and writes of other processes
    /// do not make it start over. Until it is done the write-ahead log cannot be reset and grows.
    ///
    /// - Returns: The size of the copy in bytes. What SQLite wrote is synced.
    static func copy(_ source: borrowing Connection, into file: String) throws(StoreError) -> Int64 {
        try mappingErrors { () throws(SQLiteError) in
            let destination = try Connection(path: file, mode: .readWrite)
            try destination.execute(SQL.configureCopy)
            try source.backUp(to: destination, pagesPerStep: .max)
        }
        return StorePath.size(of: file)
    }
}

extension SQLiteEventStore {
    /// Copies a store as it is at one moment, while it stays in use. Its schema may be an older one.
    ///
    /// - Parameters:
    ///   - path: The database file, which must exist.
    ///   - file: An empty file. Do not use its content after an error.
    /// - Returns: The size of the copy in bytes.
    /// - Throws: ``StoreError``; ``StoreError/diskFull`` and ``StoreError/writeFailed(reason:)`` are about the copy.
    package static func copy(at path: String, into file: String) async throws(StoreError) -> Int64 {
        let path = try StorePath(path)
        return try await runBlocking { () throws(StoreError) in
            try StoreCopy.copy(try StoreOpening.connectToStore(path), into: file)
        }
    }
}
