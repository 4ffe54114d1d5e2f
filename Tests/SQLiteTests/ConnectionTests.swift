import Foundation
import SQLite
import Testing

@Suite("Statements and values")
struct StatementTests {
    private func connection() throws -> Connection {
        let connection = try Connection(path: ":memory:", mode: .inMemory)
        try connection.execute("CREATE TABLE t (i INTEGER, s TEXT, b BLOB) STRICT")
        return connection
    }

    @Test("an integer comes back as it went in, at both ends", arguments: [Int64.min, -1, 0, 1, .max])
    func integers(value: Int64) throws {
        let connection = try connection()
        try connection.prepare("INSERT INTO t (i) VALUES (?1)").run { $0.set(1, value) }
        #expect(try connection.integer("SELECT i FROM t") == value)
    }

    @Test(
        "text comes back byte for byte, a NUL inside it included",
        arguments: ["", "a", "a\u{0}b", "\u{0}", "é", "e\u{301}", "\u{10FFFF}", String(repeating: "x", count: 100_000)]
    )
    func texts(value: String) throws {
        let connection = try connection()
        try connection.prepare("INSERT INTO t (s, b) VALUES (?1, ?2)").run {
            $0.set(1, text: value)
            $0.set(2, blob: Array(value.utf8))
        }
        let bytes = try connection.prepare("SELECT s, b, s IS NULL FROM t").first { row in
            (row.bytes(0), row.bytes(1), row.integer(2))
        }
        #expect(bytes?.0 == Array(value.utf8))
        #expect(bytes?.1 == Array(value.utf8))
        #expect(bytes?.2 == 0)
    }

    @Test("two texts that differ behind a NUL are two texts")
    func differBehindNUL() throws {
        let connection = try connection()
        try connection.execute("CREATE UNIQUE INDEX unique_s ON t (s)")
        let insert = try connection.prepare("INSERT INTO t (s) VALUES (?1)")
        try insert.run { $0.set(1, text: "k\u{0}1") }
        try insert.run { $0.set(1, text: "k\u{0}2") }
        #expect(try connection.integer("SELECT count(*) FROM t") == 2)
    }

    @Test("an empty blob is not NULL, and NULL is not an empty blob")
    func emptyBlob() throws {
        let connection = try connection()
        let insert = try connection.prepare("INSERT INTO t (b) VALUES (?1)")
        try insert.run { $0.set(1, blob: []) }
        try insert.run { $0.set(1, text: nil) }
        try insert.run()
        var nulls: [Bool] = []
        try connection.prepare("SELECT b FROM t ORDER BY rowid").forEach { row in
            nulls.append(row.isNull(0))
            return true
        }
        #expect(nulls == [false, true, true])
    }

    @Test("a column's bytes are lent without a copy, and NULL lends none")
    func lentBytes() throws {
        let connection = try connection()
        try connection.prepare("INSERT INTO t (b) VALUES (?1)").run { $0.set(1, blob: [1, 2, 3]) }
        let sum = try connection.prepare("SELECT b, i FROM t").first { row in
            row.withBytes(0) { span in span.byteCount } + row.withBytes(1) { span in span.byteCount }
        }
        #expect(sum == 3)
    }

    @Test("values of an earlier run never leak into the next one")
    func clearedBindings() throws {
        let connection = try connection()
        let insert = try connection.prepare("INSERT INTO t (i, s) VALUES (?1, ?2)")
        try insert.run {
            $0.set(1, 1 as Int64)
            $0.set(2, text: "one")
        }
        try insert.run { $0.set(1, 2 as Int64) }
        #expect(try connection.integer("SELECT s IS NULL FROM t WHERE i = 2") == 1)
    }

    @Test("a statement is reset on every way out: done, a row, an early end, an error")
    func resetOnEveryPath() throws {
        let connection = try connection()
        try connection.execute("INSERT INTO t (i) VALUES (1), (2), (3); CREATE UNIQUE INDEX unique_i ON t (i)")
        let select = try connection.prepare("SELECT i FROM t")
        _ = try select.first { $0.integer(0) }
        try expectIdle(select.isBusy)
        try select.forEach { _ in false }
        try expectIdle(select.isBusy)
        try select.forEach { _ in true }
        try expectIdle(select.isBusy)
        let insert = try connection.prepare("INSERT INTO t (i) VALUES (?1)")
        for _ in 0..<2 {
            #expect(throws: SQLiteError.self) { try insert.run { $0.set(1, 1 as Int64) } }
            try expectIdle(insert.isBusy)
        }
        try insert.run { $0.set(1, 4 as Int64) }
        #expect(try connection.integer("SELECT count(*) FROM t") == 4)
    }

    private func expectIdle(_ isBusy: Bool) throws {
        #expect(!isBusy)
    }

    @Test("an error carries the extended code, SQLite's words and the SQL")
    func errors() throws {
        let connection = try connection()
        try connection.execute("CREATE UNIQUE INDEX unique_i ON t (i); INSERT INTO t (i) VALUES (1)")
        let insert = try connection.prepare("INSERT INTO t (i) VALUES (?1)")
        let error = #expect(throws: SQLiteError.self) { try insert.run { $0.set(1, 1 as Int64) } }
        #expect(error?.extendedCode == 2_067)  // SQLITE_CONSTRAINT_UNIQUE
        #expect(error?.code == 19)  // SQLITE_CONSTRAINT
        #expect(error?.sql == "INSERT INTO t (i) VALUES (?1)")
        #expect(error?.message.contains("t.i") == true)
        #expect(throws: SQLiteError.self) { _ = try connection.prepare("SELECT FROM") }
        #expect(throws: SQLiteError.self) { _ = try connection.prepare("-- nothing") }
    }

    @Test("a name in double quotes that names nothing is an error and no string")
    func doubleQuotes() throws {
        let connection = try connection()
        #expect(throws: SQLiteError.self) { try connection.execute(#"SELECT "no such column" FROM t"#) }
    }

    @Test("a value beyond the placeholders is the programmer's mistake and stops the program")
    func outOfRange() async {
        await #expect(processExitsWith: .failure) {
            let connection = try Connection(path: ":memory:", mode: .inMemory)
            try connection.prepare("SELECT ?1").run { $0.set(2, 1 as Int64) }
        }
    }

    @Test("two statements in one are the programmer's mistake and stop the program")
    func twoStatements() async {
        await #expect(processExitsWith: .failure) {
            let connection = try Connection(path: ":memory:", mode: .inMemory)
            _ = try connection.prepare("SELECT 1; SELECT 2")
        }
    }
}
