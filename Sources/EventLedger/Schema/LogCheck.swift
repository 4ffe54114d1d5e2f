import SQLite

/// Whether the write-ahead log beside a database is the database's own, and whole.
///
/// SQLite applies whatever log lies there, as far as it can read it, without a word. Keys that were acknowledged would be new.
struct LogCheck {
    private let path: StorePath
    /// Which log was last copied into the database file, read from the file alone. Nil if that cannot be told: all of the store
    /// is still in the log, or a copy was broken off half way.
    private let file: LogMark?

    /// Looks at the file as it is before SQLite has read the log.
    init(_ path: StorePath) {
        self.path = path
        let hasBoth = path.fileSystem != nil || (path.hasLog && StorePath.size(of: path.database) > 0)
        file = hasBoth ? LogMark(inFileAlone: path) : nil
    }

    /// Looks at the log that a connection has read, before anything is copied from it. Nobody else may be writing.
    ///
    /// - Throws: ``StoreError/damaged(reason:)``.
    func check(_ connection: borrowing Connection) throws(StoreError) {
        try checkNumber(connection)
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
    /// Each log is given the next number, with its first transaction, or with its second one where another process had copied the
    /// log before. So the file is of the number of its log, or of the one before. Of a file that has none, such as one that an
    /// earlier version left, nothing can be told.
    private func checkNumber(_ connection: borrowing Connection) throws(StoreError) {
        guard let file else { return }
        let log: LogMark?
        do throws(SQLiteError) {
            log = try LogMark(connection)
        } catch {
            // What else is wrong shows when the store is read.
            guard error.isFaultOfStatement else { return }
            throw areOfDifferentTimes("logs \(file.number) and that of an earlier version")
        }
        guard let log else { return }
        guard log.identity == file.identity else {
            throw .damaged(
                reason: "the write-ahead log \(path.writeAheadLog) is that of another store; put back the store's "
                    + "own, or delete it if the store was stopped and had none"
            )
        }
        guard !(0...1).contains(log.number - file.number) else { return }
        throw areOfDifferentTimes("logs \(file.number) and \(log.number)")
    }

    private func areOfDifferentTimes(_ logs: String) -> StoreError {
        .damaged(
            reason: "\(path.database) and its write-ahead log are of different times (\(logs)), so one of them is a "
                + "copy that was put there; put back the other half of the one that is to be used, or restore a backup with "
                + "`store-admin restore`"
        )
    }
}

/// What a store's own row says of its log.
private struct LogMark {
    /// What makes the store this one, and its other copy.
    let identity: [UInt8]
    private let otherIdentity: [UInt8]
    /// Which log of the store it is.
    let number: Int64

    /// That of the database file as it is without its log. Nil where it cannot be told: copying the log into the file may have
    /// been broken off in the middle of the row that says so. What stands there then is not what stands in the other copy of the
    /// identity, whose page is not written as long as the file is not written anew.
    init?(inFileAlone path: StorePath) {
        let connection = try? Connection(path: path.database, mode: .immutable, fileSystem: path.fileSystem)
        guard let connection, let mark = try? LogMark(connection) else { return nil }
        guard mark.identity.count == 32, mark.identity == mark.otherIdentity, mark.number > 0 else { return nil }
        self = mark
    }

    /// That of the log that a connection has read, where the log has the row, and otherwise that of the file.
    init?(_ connection: borrowing Connection) throws(SQLiteError) {
        let row = try connection.prepare(SQL.selectStore).first { ($0.bytes(0), $0.bytes(1), $0.integer(2)) }
        guard let row else { return nil }
        (identity, otherIdentity, number) = row
    }
}
