import Foundation
import SQLite
import Testing

@Suite("Write-ahead logs as they stand in their files")
final class LogTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sqlite-\(UUID().uuidString)")
    private var path: String { folder.path + "/test.db" }

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A database with three transactions in its log that are not in the database file, as a killed process leaves it.
    ///
    /// - Returns: Where the log ended after each transaction, in bytes.
    @discardableResult
    private func write(pageSize: Int = 4_096) throws -> [Int] {
        #expect(FileManager.default.createFile(atPath: folder.path + "/written.db", contents: nil))
        let connection = try Connection(path: folder.path + "/written.db", mode: .readWrite)
        try connection.execute(
            "PRAGMA page_size = \(pageSize); PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0"
        )
        try connection.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, b BLOB) STRICT")
        try connection.checkpoint(.truncate)
        var ends: [Int] = []
        for number in 1...3 {
            try connection.execute("INSERT INTO t VALUES (\(number), randomblob(\(pageSize)))")
            ends.append(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/written.db-wal")).count)
        }
        for ending in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: folder.path + "/written.db" + ending, toPath: path + ending)
        }
        return ends
    }

    private func damage(_ offset: Int) throws -> LogDamage? {
        var log = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
        log[offset] ^= 0xFF
        try log.write(to: URL(fileURLWithPath: path + "-wal"))
        let connection = try Connection(path: path, mode: .readWrite)
        _ = try connection.integer("SELECT count(*) FROM t")
        return connection.logDamage()
    }

    @Test(
        "damage in the first of three transactions is found whatever the size of pages",
        arguments: [512, 4_096, 65_536]
    )
    func pageSizes(pageSize: Int) throws {
        try write(pageSize: pageSize)
        let found = try #require(try damage(32 + 24 + pageSize / 2))
        #expect(found.offset == 32 && found.commits == 3)
    }

    @Test("damage in the last of them is not told from what a power cut tore")
    func last() throws {
        let ends = try write()
        #expect(try damage(ends[1] + 24 + 100) == nil)
    }

    @Test("a damaged header is told where the database does not have what is behind it", arguments: [4, 24])
    func header(offset: Int) throws {
        try write()
        let found = try #require(try damage(offset))
        #expect(found.offset == 0 && found.commits == 3)
    }

    @Test(
        "a damaged header is not told from one that a power cut tore together with the first transaction",
        arguments: [32 + 24 + 4_096, nil]
    )
    func shortLog(bytes: Int?) throws {
        let ends = try write()
        let log = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
        try log.prefix(bytes ?? ends[0]).write(to: URL(fileURLWithPath: path + "-wal"))
        #expect(try damage(4) == nil)
    }

    @Test("a connection whose writes are not gathered knows of no ends and no beginnings")
    func notGathered() throws {
        try write()
        let connection = try Connection(path: path, mode: .readWrite)
        try connection.execute("INSERT INTO t VALUES (9, NULL)")
        let (ends, beginnings, isShort) = (connection.logEnds, connection.logBeginnings, connection.isLogShort)
        #expect(!ends.hasNew(since: ends) && beginnings == 0 && !isShort)
    }

    @Test("a log that begins anew is counted once")
    func beginnings() throws {
        try write()
        let connection = try Connection(path: path, mode: .readWrite)
        _ = try connection.integer("SELECT count(*) FROM t")
        connection.gatherWrites()
        var counts: [UInt64] = []
        for number in 10...14 {
            try connection.execute("INSERT INTO t VALUES (\(number), NULL)")
            counts.append(connection.logBeginnings)
            if number == 11 { #expect(try connection.checkpoint(.passive).isComplete) }
        }
        #expect(counts == [0, 0, 1, 1, 1])
    }

    @Test(
        "a path that is relative to the working directory is opened as such",
        arguments: [Connection.Mode.readOnly, .immutable]
    )
    func relativePath(mode: Connection.Mode) throws {
        try write()
        let up = FileManager.default.currentDirectoryPath.split(separator: "/").map { _ in "../" }.joined()
        let connection = try Connection(path: up + path.dropFirst(), mode: mode)
        // Without its log, the file has none of the rows.
        #expect(try connection.integer("SELECT count(*) FROM t") == (mode == .immutable ? 0 : 3))
    }
}
