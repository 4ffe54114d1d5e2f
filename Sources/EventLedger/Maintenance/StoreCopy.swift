import SQLite

/// Copies stores page by page, as they are.
///
/// That and not `VACUUM INTO`: it goes as fast as the disk, takes no room but the copy's, and does not write a table or an
/// index anew, so that the copy is the store, whatever state it is in. (What compacts a store is its own command.)
enum StoreCopy {
    /// Copies a store into an empty file, in one step, so that all of it is of one moment and writes of other processes do not
    /// make it begin again. Until it is done the write-ahead log cannot begin anew and grows.
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
    /// Copies a store, as it is at one moment, while it stays in use. Its schema may be an older one.
    ///
    /// - Parameters:
    ///   - path: The database file, which must exist.
    ///   - file: An empty file. What it holds after an error is of no use.
    /// - Returns: The size of the copy in bytes.
    /// - Throws: ``StoreError``; ``StoreError/diskFull`` and ``StoreError/writeFailed(reason:)`` are about the copy.
    package static func copy(at path: String, into file: String) async throws(StoreError) -> Int64 {
        let path = try StorePath(path)
        return try await runBlocking { () throws(StoreError) in
            try StoreCopy.copy(try StoreOpening.connectToStore(path), into: file)
        }
    }
}
