import Foundation
import Testing

@testable import SQLite

@Suite("What SQLite refuses")
struct ErrorTests {
    @Test(
        "is told apart by its extended code and the system's error number",
        arguments: [
            (13, 0, ["full"]),
            (10, ENOSPC, ["full", "io"]),
            (10, EDQUOT, ["full", "io"]),
            (10, EIO, ["io"]),
            // The log's index could not grow; SQLite has no error number for this.
            (4_874, 0, ["full", "io"]),
            (4_874, EIO, ["io"]),
            (1_034, ENOSPC, ["sync", "io"]),
            (1_290, 0, ["sync", "io"]),
            (11, 0, ["damage"]),
            (26, 0, ["damage"]),
            (14, 0, ["unavailable"]),
            (3, 0, ["unavailable"]),
            (8, 0, ["unavailable"]),
            (23, 0, ["unavailable"]),
            (5, ENOSPC, []),
        ] as [(Int32, Int32, [String])]
    )
    func kinds(code: Int32, systemErrorNumber: Int32, kinds: [String]) {
        let error = SQLiteError(extendedCode: code, message: "m", systemErrorNumber: systemErrorNumber)
        var found: [String] = []
        if error.isDiskFull { found.append("full") }
        if error.isFailedSync { found.append("sync") }
        if error.isInputOutputError { found.append("io") }
        if error.isDamage { found.append("damage") }
        if error.isUnavailable { found.append("unavailable") }
        #expect(found == kinds)
    }

    @Test("is described with its code, the system's error number and the statement")
    func description() {
        let error = SQLiteError(extendedCode: 13, message: "full", sql: "COMMIT", systemErrorNumber: ENOSPC)
        #expect(error.description == "full: No space left on device (SQLite 13) in: COMMIT")
        // If a call leaves the connection's own error unchanged, the message comes from its code.
        #expect(SQLiteError(code: 7, connection: nil).message == "out of memory")
    }

    @Test("the number of an earlier failure of the system is not told of a later error")
    func earlierFailure() throws {
        let path = FileManager.default.temporaryDirectory.path + "/errors-\(UUID().uuidString).db"
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let connection = try Connection(path: path, mode: .readWrite)
        let first = #expect(throws: SQLiteError.self) { try connection.execute("ATTACH '/no/such/file' AS other") }
        #expect(first?.systemErrorNumber == ENOENT)
        try connection.execute("CREATE TABLE t (i INTEGER PRIMARY KEY) STRICT; INSERT INTO t VALUES (7)")
        let later = #expect(throws: SQLiteError.self) { try connection.execute("INSERT INTO t VALUES (7)") }
        #expect(later?.code == 19)
        #expect(later?.systemErrorNumber == 0)
    }

    @Test("what is missing in an index of SQLite's own is not taken for one that can be made again")
    func indexes() {
        #expect(SQLiteError.missingInIndex("m").isMissingInIndex)
        #expect(SQLiteError.missingInIndex("m").isDamage)
        #expect(!SQLiteError(extendedCode: 779, message: "SQLITE_CORRUPT_INDEX").isMissingInIndex)
    }

    @Test("values without bytes are empty and not NULL, lent or copied")
    func emptyValues() throws {
        let connection = try Connection(path: ":memory:", mode: .inMemory)
        let types = try connection.prepare("SELECT typeof(?1) || ' ' || typeof(?2) || ' ' || length(?1) || length(?2)")
        let lent = try types.first {
            $0.set(1, borrowedText: UnsafeRawBufferPointer(start: nil, count: 0))
            $0.set(2, borrowedBlob: UnsafeRawBufferPointer(start: nil, count: 0))
        } read: {
            $0.text(0)
        }
        let copied = try types.first {
            $0.set(1, utf8: [])
            $0.set(2, blob: [])
        } read: {
            $0.text(0)
        }
        #expect(lent == "text blob 00")
        #expect(copied == "text blob 00")
    }

    @Test("a read in a transaction that is open is an error of the caller's kind")
    func nestedReading() throws {
        struct Mapped: Error {
            var code: Int32
        }
        let connection = try Connection(path: ":memory:", mode: .inMemory)
        try connection.execute("BEGIN")
        let error = #expect(throws: Mapped.self) {
            try connection.reading(mappingErrors: { Mapped(code: $0.code) }) { () throws(Mapped) in }
        }
        #expect(error?.code == 1)
        // The open transaction is still the caller's.
        let isOpen = !connection.isAutocommit
        #expect(isOpen)
    }
}

@Suite("A backup")
struct BackupErrorTests {
    private func path() -> String {
        FileManager.default.temporaryDirectory.path + "/backup-\(UUID().uuidString).db"
    }

    private func create(_ path: String) throws {
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let connection = try Connection(path: path, mode: .readWrite)
        try connection.execute("CREATE TABLE t (i INTEGER) STRICT; INSERT INTO t VALUES (7)")
    }

    @Test("of a database into itself is refused")
    func intoItself() throws {
        let connection = try Connection(path: ":memory:", mode: .inMemory)
        let error = #expect(throws: SQLiteError.self) { try connection.backUp(to: connection) }
        #expect(error?.message == "source and destination must be distinct")
    }

    @Test("into a file that cannot be written is refused")
    func readOnly() throws {
        let (from, to) = (path(), path())
        defer { for file in [from, to] { try? FileManager.default.removeItem(atPath: file) } }
        try create(from)
        try create(to)
        let source = try Connection(path: from, mode: .readOnly)
        let destination = try Connection(path: to, mode: .readOnly)
        let error = #expect(throws: SQLiteError.self) { try source.backUp(to: destination) }
        #expect(error?.isUnavailable == true)
    }

    @Test("waits while another connection holds the database, and then is whole")
    func waits() throws {
        let (from, to) = (path(), path())
        defer { for file in [from, to] { try? FileManager.default.removeItem(atPath: file) } }
        try create(from)
        try create(to)
        let source = try Connection(path: from, mode: .readOnly, busyTimeoutMilliseconds: 0)
        let destination = try Connection(path: to, mode: .readWrite)
        let writer = try Connection(path: from, mode: .readWrite)
        try writer.execute("BEGIN EXCLUSIVE; INSERT INTO t VALUES (8)")
        var steps = 0
        try source.backUp(to: destination) { _, _ in
            steps += 1
            if steps == 3 { #expect(throws: Never.self) { try writer.execute("COMMIT") } }
        }
        #expect(steps > 3)
        #expect(try destination.integer("SELECT sum(i) FROM t") == 15)
    }
}
