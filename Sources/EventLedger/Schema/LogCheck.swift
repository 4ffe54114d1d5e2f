import SQLite

/// Checks that the write-ahead log beside a database is the database's own, and whole.
///
/// SQLite silently applies whatever log lies there, as far as it can read it. Acknowledged keys would
/// then be taken for new ones.
struct LogCheck {
    private let path: StorePath
    /// Which log was last copied into the database file, read from the file alone. Nil if that is unknown, for example
    /// because all of the store is still in the log, or because copying it into the file was interrupted half way.
    private let file: LogMark?

    /// Reads the file as it is before SQLite has read the log.
    init(_ path: StorePath) {
        self.path = path
        let hasBoth = path.fileSystem != nil || (path.hasLog && StorePath.size(of: path.database) > 0)
        file = hasBoth ? LogMark(inFileAlone: path) : nil
    }

    /// Checks the log that a connection has read, before anything is copied from it. Nobody else may be writing.
    ///
    /// - Throws: ``StoreError/damaged(reason:)``.
    func check(_ connection: borrowing Connection) throws(StoreError) {
        try checkNumber(connection)
        guard let damage = connection.logDamage() else { return }
        let log = path.writeAheadLog
        // Cutting the log at its header would leave nothing.
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

    /// Refuses a log that is not the database's, for example if a copy of one of the two was put beside the other.
    ///
    /// Each log gets the next number with its first transaction, or with its second one if another process had copied
    /// the log before. So the file has the number of its log, or the one before. Nothing can be said about a file
    /// without a number, such as one that an earlier version left.
    private func checkNumber(_ connection: borrowing Connection) throws(StoreError) {
        guard let file else { return }
        let log: LogMark?
        do throws(SQLiteError) {
            log = try LogMark(connection)
        } catch {
            // Any other fault shows when the store is read.
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
            reason: "\(path.database) and its write-ahead log are of different times (\(logs)): one of them was "
                + "replaced by a copy; put back the one that belongs to the other, or restore a backup with "
                + "`store-admin restore`"
        )
    }
}

/// What a store's own row says about its log.
private struct LogMark {
    /// The store's identity; its second copy follows.
    let identity: [UInt8]
    private let otherIdentity: [UInt8]
    /// Which log of the store it is.
    let number: Int64

    /// The mark of the database file without its log. Nil if it cannot be trusted: copying the log into the file may
    /// have been interrupted in the middle of the row. The identity there then differs from its second copy, whose page
    /// is not written unless the whole file is.
    init?(inFileAlone path: StorePath) {
        let connection = try? Connection(path: path.database, mode: .immutable, fileSystem: path.fileSystem)
        guard let connection, let mark = try? LogMark(connection) else { return nil }
        guard mark.identity.count == IdentifierCodec.keyBytes, mark.identity == mark.otherIdentity, mark.number > 0
        else { return nil }
        self = mark
    }

    /// The mark of the log that a connection has read, if the log has the row, and otherwise that of the file.
    init?(_ connection: borrowing Connection) throws(SQLiteError) {
        let row = try connection.prepare(SQL.selectStore).first { ($0.bytes(0), $0.bytes(1), $0.integer(2)) }
        guard let row else { return nil }
        (identity, otherIdentity, number) = row
    }
}
