import Foundation
import SQLite
import Testing

@Suite("Transactions, backups and files")
struct FileTests {
    /// A database file in a folder of its own.
    private final class Database {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sqlite-\(UUID().uuidString)")
        var path: String { folder.path + "/test.db" }

        init() throws {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            let connection = try open()
            try connection.execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0")
            try connection.execute("CREATE TABLE t (i INTEGER PRIMARY KEY) STRICT")
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func open(_ mode: Connection.Mode = .readWrite) throws -> Connection {
            try Connection(path: path, mode: mode, busyTimeoutMilliseconds: 0)
        }
    }

    @Test("what a transaction did is there once it is committed")
    func commit() throws {
        let database = try Database()
        let connection = try database.open()
        let transaction = try connection.beginImmediate()
        try connection.execute("INSERT INTO t VALUES (1)")
        try transaction.commit()
        let isAutocommit = connection.isAutocommit
        #expect(isAutocommit)
        let reader = try database.open(.readOnly)
        #expect(try reader.integer("SELECT count(*) FROM t") == 1)
    }

    @Test("all that is read together is of one moment")
    func reading() throws {
        let database = try Database()
        let writer = try database.open()
        let reader = try database.open(.readOnly)
        let counts = try reader.reading(mappingErrors: { $0 }) { () throws(SQLiteError) in
            let first = try reader.integer("SELECT count(*) FROM t")
            try writer.execute("INSERT INTO t VALUES (1)")
            return [first, try reader.integer("SELECT count(*) FROM t")]
        }
        #expect(counts == [0, 0])
        #expect(try reader.integer("SELECT count(*) FROM t") == 1)
    }

    @Test("a transaction that is let go of is rolled back")
    func letGo() throws {
        let database = try Database()
        let connection = try database.open()
        func fail() throws {
            let transaction = try connection.beginImmediate()
            try connection.execute("INSERT INTO t VALUES (1)")
            try connection.execute("INSERT INTO t VALUES (1)")
            try transaction.commit()
        }
        #expect(throws: SQLiteError.self) { try fail() }
        let isAutocommit = connection.isAutocommit
        #expect(isAutocommit)
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
        let transaction = try connection.beginImmediate()
        try connection.execute("INSERT INTO t VALUES (1)")
        transaction.rollBack()
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
    }

    @Test("the time that syncs of the log take is measured once that was asked for, and only theirs")
    func syncTimes() throws {
        let database = try Database()
        let connection = try database.open()
        try connection.execute("PRAGMA synchronous = FULL")
        func commit(_ connection: borrowing Connection) throws -> Double {
            let before = connection.logSyncSeconds
            let transaction = try connection.beginImmediate()
            try connection.execute("INSERT INTO t DEFAULT VALUES")
            try transaction.commit()
            return connection.logSyncSeconds - before
        }
        #expect(try commit(connection) == 0)
        connection.gatherWrites()
        connection.gatherWrites()
        #expect(try commit(connection) > 0)
        try connection.execute("PRAGMA synchronous = NORMAL")
        #expect(try commit(connection) == 0)
        // A statement that outlives its connection keeps the log open.
        let statement = try connection.prepare("INSERT INTO t DEFAULT VALUES")
        connection.close()
        try statement.run()
        let other = try database.open(.readOnly)
        other.gatherWrites()
        #expect(try other.integer("SELECT count(*) FROM t") == 4)
        let memory = try Connection(path: ":memory:", mode: .inMemory)
        memory.gatherWrites()
        try memory.execute("CREATE TABLE t (i)")
        let seconds = memory.logSyncSeconds
        #expect(seconds == 0)
    }

    @Test("a transaction takes the write lock at its beginning")
    func immediate() throws {
        let database = try Database()
        let first = try database.open()
        let second = try database.open()
        let transaction = try first.beginImmediate()
        let error = #expect(throws: SQLiteError.self) { _ = try second.beginImmediate() }
        #expect(error?.code == 5)  // SQLITE_BUSY
        try transaction.commit()
        try second.beginImmediate().commit()
    }

    @Test("a read-only connection cannot write")
    func readOnly() throws {
        let database = try Database()
        let reader = try database.open(.readOnly)
        let error = #expect(throws: SQLiteError.self) { try reader.execute("INSERT INTO t VALUES (1)") }
        #expect(error?.isUnavailable == true)
    }

    @Test("the last connection to close leaves the write-ahead log as it is; a checkpoint empties it")
    func checkpoints() throws {
        let database = try Database()
        let log = database.path + "-wal"
        func logBytes() throws -> Int {
            try #require(try FileManager.default.attributesOfItem(atPath: log)[.size] as? NSNumber).intValue
        }
        do {
            let connection = try database.open()
            try connection.execute("INSERT INTO t VALUES (1)")
            let logPages = connection.logPages
            #expect(logPages > 0)
            connection.close()
        }
        #expect(try logBytes() > 0)
        let connection = try database.open()
        #expect(throws: SQLiteError.self, "a log that was not looked for must not count as copied") {
            try connection.checkpoint(.truncate)
        }
        #expect(try connection.integer("SELECT count(*) FROM t") == 1)
        let result = try connection.checkpoint(.truncate)
        #expect(result.isComplete)
        #expect(try logBytes() == 0)
    }

    @Test("a checkpoint that a reader holds up says how far it came")
    func heldUpCheckpoint() throws {
        let database = try Database()
        let writer = try database.open()
        try writer.execute("INSERT INTO t VALUES (1)")
        let reader = try database.open(.readOnly)
        try reader.execute("BEGIN")
        #expect(try reader.integer("SELECT count(*) FROM t") == 1)
        try writer.execute("INSERT INTO t VALUES (2)")
        let result = try writer.checkpoint(.passive)
        #expect(!result.isComplete)
        #expect(throws: SQLiteError.self) { try writer.checkpoint(.truncate) }
        try reader.execute("ROLLBACK")
        #expect(try writer.checkpoint(.passive).isComplete)
    }

    @Test("a backup is a whole copy, also while the source is written to")
    func backup() throws {
        let database = try Database()
        let source = try database.open()
        try source.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO t SELECT i FROM n"
        )
        let copy = database.folder.path + "/copy.db"
        #expect(FileManager.default.createFile(atPath: copy, contents: nil))
        let destination = try Connection(path: copy, mode: .readWrite)
        var steps = 0
        var failure: (any Error)?
        try source.backUp(to: destination, pagesPerStep: 5) { remaining, pages in
            steps += 1
            #expect(remaining <= pages)
            if steps == 2 {
                do { try source.execute("INSERT INTO t VALUES (100000)") } catch { failure = error }
            }
        }
        #expect(failure == nil)
        #expect(steps > 3)
        #expect(try destination.integer("SELECT count(*) FROM t") == 20_001)
        #expect(try destination.text("PRAGMA integrity_check") == "ok")
    }

    @Test(
        "a database of a log that nobody changes is read without anything beside it, whatever its name is",
        arguments: ["copy.db", "a b?c#d%41é.db", "//x.db"]
    )
    func immutable(name: String) throws {
        let database = try Database()
        let connection = try database.open()
        try connection.execute("INSERT INTO t VALUES (7)")
        try connection.checkpoint(.truncate)
        let folder = database.folder.path + "/copies"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try FileManager.default.copyItem(atPath: database.path, toPath: folder + "/" + name)
        let copy = try Connection(path: folder + "/" + name, mode: .immutable)
        #expect(try copy.integer("SELECT i FROM t") == 7)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
        #expect(throws: SQLiteError.self) { try copy.execute("INSERT INTO t VALUES (8)") }
    }

    @Test("a file that is not there is not created")
    func missing() throws {
        let path = FileManager.default.temporaryDirectory.path + "/missing-\(UUID().uuidString).db"
        let error = #expect(throws: SQLiteError.self) { _ = try Connection(path: path, mode: .readWrite) }
        #expect(error?.isUnavailable == true)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("a file that is no database is told as damage")
    func notADatabase() throws {
        let database = try Database()
        try FileManager.default.removeItem(atPath: database.path + "-wal")
        try Data(repeating: 65, count: 8_192).write(to: URL(filePath: database.path))
        let error = #expect(throws: SQLiteError.self) {
            let connection = try database.open()
            _ = try connection.integer("SELECT count(*) FROM sqlite_schema")
        }
        #expect(error?.isDamage == true)
    }
}
