import SQLite

/// Whether the write-ahead log beside a database is the database's own, and whole.
///
/// SQLite applies whatever log lies there, as far as it can read it, without a word. Keys that were acknowledged would be new.
struct LogCheck {
    private let path: StorePath
    /// Which opening of the store the database file is of, as it is without its log; nil where that cannot be told, as where all
    /// of the store is in the log, or copying it into the file was broken off in the middle.
    private let epochInFile: StoreEpoch?

    /// Looks at the file as it is before SQLite has read the log.
    init(_ path: StorePath) {
        self.path = path
        let hasBoth = path.fileSystem != nil || (path.hasLog && StorePath.size(of: path.database) > 0)
        epochInFile = hasBoth ? try? StoreEpoch(inFileAlone: path) : nil
    }

    /// Looks at the log that a connection has read, before anything is copied from it. Nobody else may be writing.
    ///
    /// - Throws: ``StoreError/damaged(reason:)``.
    func check(_ connection: borrowing Connection) throws(StoreError) {
        try checkEpoch(connection)
        guard let damage = connection.logDamage() else { return }
        let log = path.writeAheadLog
        // Nothing is left before the header.
        let wayOn =
            damage.offset == 0
            ? ""
            : "; to go on without them, keep a copy of all files and cut the log there: truncate -s \(damage.offset) \(log)"
        throw .damaged(
            reason: "the write-ahead log \(log) is damaged at byte \(damage.offset), and \(damage.commits) "
                + "transaction\(damage.commits == 1 ? "" : "s") behind it cannot be read; put the log back as it was, or "
                + "restore a backup with `store-admin restore`\(wayOn)"
        )
    }

    /// Refuses a log that is not the database's, as after a copy of one of the two was put beside the other.
    ///
    /// Whoever opens a store empties its log and begins it with the next epoch; and so does whoever closes one, before the log is
    /// emptied for good. So the file is of the epoch of its log, or of the one before.
    private func checkEpoch(_ connection: borrowing Connection) throws(StoreError) {
        guard let epochInFile, let epoch = try? StoreEpoch(connection) else { return }
        guard epoch.identity == epochInFile.identity else {
            throw .damaged(
                reason: "the write-ahead log \(path.writeAheadLog) is that of another store; put back the store's "
                    + "own, or delete it if the store was stopped and had none"
            )
        }
        guard !(0...1).contains(epoch.number - epochInFile.number) else { return }
        throw .damaged(
            reason: "\(path.database) and its write-ahead log are of different times (epochs \(epochInFile.number) and "
                + "\(epoch.number)), so one of them is a copy that was put there; put back the other half of the one that is to "
                + "be used, or restore a backup with `store-admin restore`"
        )
    }
}

/// Which opening of which store a database is of.
private struct StoreEpoch {
    let identity: [UInt8]
    let number: Int64

    /// That of the database file as it is without its log.
    init?(inFileAlone path: StorePath) throws(SQLiteError) {
        try self.init(try Connection(path: path.database, mode: .immutable, fileSystem: path.fileSystem))
    }

    /// Nil where it cannot be told. Copying the log into the file may have been broken off in the middle of the row that says so; what
    /// stands there then is not what stands in the other copy of the identity, on a page that is never copied again.
    init?(_ connection: borrowing Connection) throws(SQLiteError) {
        let row = try connection.prepare(SQL.selectStore).first { row in
            (identity: row.bytes(0), other: row.bytes(1), number: row.integer(2))
        }
        guard let row, row.identity.count == 32, row.identity == row.other, row.number >= 0 else { return nil }
        (identity, number) = (row.identity, row.number)
    }
}
