import Crypto
import Migrations
import SQLite

/// Brings a store's schema up to date, and reports when it must not be touched.
struct Migrator {
    /// What SQLite keeps in the file's header to show which application it belongs to; V0001 sets it.
    static let applicationID: Int64 = 0x4576_4C67

    var catalog: [Migration] = MigrationCatalog.all

    var knownVersion: Int { catalog.last?.version ?? 0 }

    /// The schema's version, after checking that the file is an event store, or new.
    ///
    /// - Throws: ``StoreError/damaged(reason:)`` for a database of another application,
    ///   ``StoreError/newerSchema(found:known:)`` for one that is ahead of this software.
    func version(of connection: borrowing Connection) throws(StoreError) -> Int {
        let (applicationID, version, objects) = try mappingErrors { () throws(SQLiteError) in
            (
                try connection.integer(SQL.applicationID) ?? 0,
                Int(try connection.integer(SQL.userVersion) ?? 0),
                try connection.integer(SQL.countSchemaObjects) ?? 0
            )
        }
        if applicationID != Migrator.applicationID {
            guard applicationID == 0, version == 0, objects == 0 else {
                throw .damaged(reason: "it is an SQLite database of another application")
            }
        }
        guard version >= 0 else {
            throw .damaged(reason: "its header gives \(version) for the version of its schema")
        }
        guard version <= knownVersion else {
            throw .newerSchema(found: version, known: knownVersion)
        }
        return version
    }

    /// Applies the pending steps, each in its own transaction, after checking the steps that were applied before.
    ///
    /// - Returns: The version from which the schema was brought up to ``knownVersion``.
    /// - Throws: ``StoreError/migrationMismatch(reason:)`` if an applied step was edited or is missing.
    @discardableResult
    func migrate(_ connection: borrowing Connection, at now: Timestamp) throws(StoreError) -> Int {
        for (index, migration) in catalog.enumerated() where migration.version != index + 1 {
            throw .migrationMismatch(
                reason: "this software has no step \(index + 1) but a step \(migration.version); "
                    + "the numbers of the files in Migrations must have no gap"
            )
        }
        let found = try version(of: connection)
        try checkApplied(upTo: found, connection, at: now)
        for migration in catalog.dropFirst(found) {
            try mappingErrors { () throws(SQLiteError) in
                let transaction = try connection.beginImmediate()
                try connection.execute(String(decoding: migration.sql, as: UTF8.self))
                try record(migration, connection, at: now)
                // The file sets it too, for the sqlite3 shell; a file that forgets to must not be applied twice.
                try connection.execute(SQL.setUserVersion(migration.version))
                try transaction.commit()
            }
        }
        return found
    }

    /// Checks that what the store says it applied is what this software would have applied.
    func checkApplied(
        upTo version: Int,
        _ connection: borrowing Connection,
        at now: Timestamp
    ) throws(StoreError) {
        guard try !checkRecorded(upTo: version, connection) else { return }
        // Applied with the sqlite3 shell, which records nothing.
        try adopt(upTo: version, connection, at: now)
    }

    /// Checks what the store says it applied, and changes nothing.
    ///
    /// - Returns: False if steps were applied and none is recorded.
    func checkRecorded(upTo version: Int, _ connection: borrowing Connection) throws(StoreError) -> Bool {
        guard version > 0 else { return true }
        let applied = try appliedChecksums(connection)
        if let stray = applied.keys.first(where: { $0 > version }) {
            throw .migrationMismatch(
                reason: "step \(stray) is recorded, but the schema has version \(version); "
                    + "restore a backup with `store-admin restore`"
            )
        }
        for migration in catalog.prefix(version) {
            if let checksum = applied[migration.version] {
                guard checksum == migration.checksum else {
                    throw .migrationMismatch(
                        reason: "\(migration.name) was edited after it was applied to this store; "
                            + "use the software with the file as it was, and put the change in a new file"
                    )
                }
            } else if applied.isEmpty {
                return false
            } else {
                throw .migrationMismatch(
                    reason: "\(migration.name) was never recorded, but later steps were; "
                        + "restore a backup with `store-admin restore`"
                )
            }
        }
        return true
    }

    private func appliedChecksums(_ connection: borrowing Connection) throws(StoreError) -> [Int: [UInt8]] {
        try mappingErrors { () throws(SQLiteError) in
            var applied: [Int: [UInt8]] = [:]
            try connection.prepare(SQL.selectMigrations).forEach { row in
                applied[Int(row.integer(0))] = row.bytes(1)
                return true
            }
            return applied
        }
    }

    /// Records steps that were applied with the sqlite3 shell, if the schema is exactly what they make.
    private func adopt(
        upTo version: Int,
        _ connection: borrowing Connection,
        at now: Timestamp
    ) throws(StoreError) {
        let isSame = try mappingErrors { () throws(SQLiteError) in
            let expected = try Connection(path: ":memory:", mode: .inMemory)
            for migration in catalog.prefix(version) {
                try expected.execute(String(decoding: migration.sql, as: UTF8.self))
            }
            return try schema(of: expected) == schema(of: connection)
        }
        guard isSame else {
            throw .migrationMismatch(
                reason: "its schema says version \(version) but is not what the steps up to \(version) make"
            )
        }
        try mappingErrors { () throws(SQLiteError) in
            let transaction = try connection.beginImmediate()
            for migration in catalog.prefix(version) {
                try record(migration, connection, at: now)
            }
            try transaction.commit()
        }
    }

    private func schema(of connection: borrowing Connection) throws(SQLiteError) -> [String] {
        var statements: [String] = []
        try connection.prepare(SQL.selectSchema).forEach { row in
            statements.append(row.text(0))
            return true
        }
        return statements
    }

    private func record(
        _ migration: Migration,
        _ connection: borrowing Connection,
        at now: Timestamp
    ) throws(SQLiteError) {
        try connection.prepare(SQL.insertMigration).run {
            $0.set(1, Int64(migration.version))
            $0.set(2, text: migration.name)
            $0.set(3, blob: migration.checksum)
            $0.set(4, now.millisecondsSinceEpoch)
        }
    }
}

extension Migration {
    /// The SHA-256 of the file.
    var checksum: [UInt8] { Array(SHA256.hash(data: sql)) }
}
