import EventModel
import Migrations
import SQLite

/// A connection to a store that is ready for use, and what was read with it.
struct OpenedStore: ~Copyable {
    let connection: Connection
    let identifiers: IdentifierCodec
    let hashers: StoreHashers
    /// The schema's version before pending steps were applied.
    let migratedFrom: Int
    /// The files that SQLite has opened; nil if nothing is written to them.
    let files: StoreFiles?
}

/// What opening a store does before anything is served.
enum StoreOpening {
    /// Opens a store for writing; the caller holds its lock.
    ///
    /// The order makes a stored answer durable across a crash and a power cut after it. First, everything that an
    /// earlier process left in the write-ahead log, synced or not, is copied into the database file and synced. Then
    /// the new epoch is committed, so that frames of the old log can never be taken for current ones.
    static func openForWriting(
        _ path: StorePath,
        _ parameters: LedgerParameters = LedgerParameters()
    ) throws(StoreError) -> OpenedStore {
        try path.checkFiles()
        try path.createDatabaseFile()
        let logCheck = LogCheck(path)
        let migrator = Migrator()
        let now = Timestamp.now()
        let connection = try mappingErrors { () throws(SQLiteError) in
            try Connection(path: path.database, mode: .readWrite, fileSystem: path.fileSystem)
        }
        // Before the first change: a file of another application is left as it is.
        let found = try migrator.version(of: connection)
        try configure(connection)
        // Before everything that takes time, so that a file that loses its name from here on is noticed.
        try mappingErrors { () throws(SQLiteError) in try openLog(connection) }
        let files = StoreFiles(path)
        try logCheck.check(connection)
        try copyLog(connection)
        try migrator.migrate(connection, at: now)
        try beginEpoch(connection, at: now)
        return try OpenedStore(connection, migratedFrom: found, files: files, parameters)
    }

    /// SQLite opens the log of a database, and the log's index, when it first reads from the database.
    private static func openLog(_ connection: borrowing Connection) throws(SQLiteError) {
        _ = try connection.integer(SQL.userVersion)
    }

    static func configure(_ connection: borrowing Connection) throws(StoreError) {
        try mappingErrors { () throws(SQLiteError) in
            try connection.execute(SQL.configureWriter)
        }
        try checkJournalMode(connection)
    }

    /// Makes everything that an earlier process left in the write-ahead log durable. What was not synced then can be
    /// read now, and answers would be based on it.
    ///
    /// - Throws: ``StoreError/unavailable(reason:)`` if another process is still reading the store; the log cannot
    ///   start again before it has finished.
    static func copyLog(_ connection: borrowing Connection) throws(StoreError) {
        do throws(SQLiteError) {
            _ = try connection.checkpoint(.truncate)
        } catch {
            guard error.isBusy else { throw StoreError(error) }
            throw .unavailable(
                reason: "another process is still reading it or writing to it, such as `store-admin verify` or a "
                    + "backup; open it again when that has finished"
            )
        }
    }

    /// Commits, so that the log on the disk is this process's. Until something in it is synced, a power cut may bring
    /// back the log as it was before it was truncated, and its pages in place of newer ones.
    static func beginEpoch(_ connection: borrowing Connection, at now: Timestamp) throws(StoreError) {
        try mappingErrors { () throws(SQLiteError) in
            let transaction = try connection.beginImmediate()
            try connection.prepare(SQL.beginEpoch).run { $0.set(1, now.millisecondsSinceEpoch) }
            try transaction.commit()
            try connection.execute(SQL.trustCheckedValues)
        }
    }

    /// Ends the epoch before a clean close, so that a log saved from this run is recognised as an old one if somebody
    /// puts it back beside the database.
    static func endEpoch(_ connection: borrowing Connection) throws(SQLiteError) {
        let transaction = try connection.beginImmediate()
        try connection.execute(SQL.endEpoch)
        try transaction.commit()
    }

    /// Opens a store for reading; nothing is created, changed or locked.
    static func openForReading(
        _ path: StorePath,
        _ parameters: LedgerParameters = LedgerParameters()
    ) throws(StoreError) -> OpenedStore {
        let connection = try connectToStore(path)
        let migrator = Migrator()
        let found = try migrator.version(of: connection)
        guard found == migrator.knownVersion else {
            throw .needsMigration(found: found, known: migrator.knownVersion)
        }
        // No writer would open such a store: this is reported before anybody relies on it.
        _ = try migrator.checkRecorded(upTo: found, connection)
        return try OpenedStore(connection, migratedFrom: found, parameters)
    }

    /// Whether the making of a store in a file was completed: it has then had an epoch.
    static func isMade(_ path: StorePath) throws(StoreError) -> Bool {
        try path.checkFiles()
        // Before there is a log, whoever opens the file for writing rolls back a change that was interrupted.
        guard !path.hasJournal else { return false }
        let connection = try connectForReading(path)
        guard try Migrator().version(of: connection) > 0 else { return false }
        return try mappingErrors { () throws(SQLiteError) in try connection.integer(SQL.selectEpoch) ?? 0 > 0 }
    }

    /// Connects to a store for reading; its schema may be an older one.
    static func connectToStore(_ path: StorePath) throws(StoreError) -> Connection {
        try path.checkFiles()
        guard path.exists else {
            throw .unavailable(reason: "there is no store at \(path.database); `store-admin init` creates one")
        }
        let connection = try connectToOwnLog(path)
        guard try Migrator().version(of: connection) > 0 else {
            throw .damaged(reason: "\(path.database) is empty; `store-admin init` makes a store of it")
        }
        return connection
    }

    /// Checks the log if nobody writes to the store: a writer has already checked it, and goes on writing to it
    /// meanwhile.
    private static func connectToOwnLog(_ path: StorePath, looks: Int = Limits.logLooks) throws(StoreError)
        -> Connection
    {
        let logCheck = StoreLock.holder(of: path) == nil ? LogCheck(path) : nil
        let connection = try connectForReading(path)
        do throws(StoreError) {
            try logCheck?.check(connection)
            return connection
        } catch {
            guard StoreLock.holder(of: path) == nil else { return connection }
            guard looks > 1 else { throw error }
        }
        // Somebody may have written and be gone again; a real fault is still there the next time.
        return try connectToOwnLog(path, looks: looks - 1)
    }

    private static func connectForReading(_ path: StorePath) throws(StoreError) -> Connection {
        do throws(SQLiteError) {
            return try connect(path, .readOnly)
        } catch {
            guard error.isUnavailable else { throw StoreError(error) }
            guard !path.hasJournal else {
                throw .unavailable(
                    reason: "creating \(path.database), or a change made without a write-ahead log, was interrupted; "
                        + "`store-admin init` opens it for writing, which rolls that back"
                )
            }
            guard !path.isOnReadOnlyDisk else {
                throw .unavailable(
                    reason: "\(path.database) has a write-ahead log, and the disk is mounted read-only; copy both "
                        + "files to a disk that can be written to"
                )
            }
            throw .unavailable(
                reason: "reading \(path.database) failed: \(error.summary); this user has to be one that may read it "
                    + "and write to its folder, so run this as the store's owner"
            )
        }
    }

    /// Opens the database file for reading, which is when SQLite opens its write-ahead log.
    ///
    /// SQLite makes the log and its index if there are none, which is not possible on a disk that is mounted read-only.
    /// If the log is empty there, nobody has the store open either, and the file is read as it is.
    static func connect(_ path: StorePath, _ mode: Connection.Mode) throws(SQLiteError) -> Connection {
        do throws(SQLiteError) {
            return try configured(path, mode)
        } catch {
            guard error.isUnavailable, path.fileSystem == nil, path.isOnReadOnlyDisk, !path.hasLog else { throw error }
            return try configured(path, .immutable)
        }
    }

    private static func configured(_ path: StorePath, _ mode: Connection.Mode) throws(SQLiteError) -> Connection {
        let connection = try Connection(path: path.database, mode: mode, fileSystem: path.fileSystem)
        try connection.execute(SQL.configureReader)
        try openLog(connection)
        return connection
    }

    private static func checkJournalMode(_ connection: borrowing Connection) throws(StoreError) {
        let mode = try mappingErrors { () throws(SQLiteError) in
            try connection.text(SQL.journalMode)
        }
        guard mode == "wal" else {
            throw .unavailable(
                reason: "the file system does not support SQLite's write-ahead log (journal mode \(mode ?? "unknown"))"
            )
        }
    }
}

extension SQLiteEventStore {
    /// Whether there is a store; false if making it was interrupted, so that it can be made.
    ///
    /// - Throws: ``StoreError`` for a file that is no store, or cannot be read.
    package static func isMade(at path: String) async throws(StoreError) -> Bool {
        let path = try StorePath(path)
        return try await runBlocking { () throws(StoreError) in try StoreOpening.isMade(path) }
    }
}

extension OpenedStore {
    /// Reads the secret key that gives the store its identity.
    init(
        _ connection: consuming Connection,
        migratedFrom: Int,
        files: StoreFiles? = nil,
        _ parameters: LedgerParameters
    ) throws(StoreError) {
        let keys = try mappingErrors { () throws(SQLiteError) in
            try connection.prepare(SQL.selectStore).first { row in [row.bytes(0), row.bytes(1)] }
        }
        guard let key = keys?[0], key.count == IdentifierCodec.keyBytes else {
            throw .damaged(reason: "the row that gives the store its identity is missing")
        }
        guard keys?[1] == key else {
            throw .damaged(
                reason: "the two copies of the key from which ids are computed differ, so ids might not match "
                    + "those that were given out; restore a backup with `store-admin restore`"
            )
        }
        self.init(
            connection: connection,
            identifiers: IdentifierCodec(key: key),
            hashers: StoreHashers(storeKey: key, keyHashBits: parameters.hashBits),
            migratedFrom: migratedFrom,
            files: files
        )
    }
}
