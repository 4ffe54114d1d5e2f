import Foundation
import SQLite
import SimulatedDisk
import Testing

@Suite("Writes that are gathered")
struct GatheringTests {
    /// A disk in memory with an empty database, whose writes are all counted. It stays until the process ends: in
    /// optimized code it would be released after its last use, with connections still open on it.
    private final class Disk {
        static let path = "/test.db"
        let name: String
        private let disk: OpaquePointer

        init(isPowersafe: Bool = true) {
            name = "gathering-\(UInt64.random(in: 0 ... .max))"
            disk = simulated_disk_create(name)
            simulated_disk_add_file(disk, Disk.path)
            simulated_disk_set_powersafe_overwrite(disk, isPowersafe)
        }

        var changes: UInt64 { simulated_disk_changes(disk) }

        /// - Parameter call: How many calls succeed before.
        func fail(_ fault: simulated_fault, after call: UInt64 = 0, isSticky: Bool = true) {
            simulated_disk_fail(disk, fault, call == 0 ? 0 : simulated_disk_calls(disk, fault) + call, isSticky)
        }
        func mend() { simulated_disk_mend(disk) }

        /// A connection that gathers its writes. `settings` are SQL.
        func writer(_ settings: String) throws -> Connection {
            let connection = try Connection(path: Disk.path, mode: .readWrite, fileSystem: name)
            try connection.execute("\(settings); PRAGMA journal_mode = WAL")
            try connection.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, b BLOB NOT NULL) STRICT")
            connection.gatherWrites()
            return connection
        }

        func reader() throws -> Connection {
            try Connection(path: Disk.path, mode: .readOnly, fileSystem: name)
        }
    }

    /// Some 300 pages.
    private static let addPages = """
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
        INSERT INTO t (b) SELECT randomblob(3000) FROM n
        """

    private static func commitPages(_ writer: borrowing Connection) throws(SQLiteError) {
        let transaction = try writer.beginImmediate()
        try writer.execute(addPages)
        try transaction.commit()
    }

    @Test("a commit that fails is told with the system's number of its own failure, and not of an earlier one")
    func systemErrorNumber() throws {
        let disk = Disk()
        let writer = try disk.writer("PRAGMA synchronous = FULL")
        try GatheringTests.commitPages(writer)
        func failure(_ fault: simulated_fault, _ body: () throws(SQLiteError) -> Void) -> SQLiteError? {
            disk.fail(fault)
            defer { disk.mend() }
            do throws(SQLiteError) {
                try body()
                return nil
            } catch {
                return error
            }
        }
        let earlier = failure(SIMULATED_FAULT_SYNC_WITHOUT_ROOM) { () throws(SQLiteError) in
            _ = try writer.checkpoint(.passive)
        }
        #expect(earlier?.systemErrorNumber == ENOSPC)
        let commit = failure(SIMULATED_FAULT_FAILING_SYNC) { () throws(SQLiteError) in
            try GatheringTests.commitPages(writer)
        }
        #expect(commit?.sql == "COMMIT")
        #expect(commit?.systemErrorNumber == EIO)
    }

    @Test(
        "others see a transaction as a whole once it is committed, and nothing of it before",
        arguments: [
            "PRAGMA synchronous = FULL",
            // Without a sync, the gathered writes are written only at the frame that ends the transaction.
            "PRAGMA synchronous = NORMAL",
            // Pages that leave the cache are in the log before the commit, are read back, and are written again.
            "PRAGMA synchronous = NORMAL; PRAGMA cache_size = 8",
            "PRAGMA synchronous = FULL; PRAGMA page_size = 512; PRAGMA cache_size = 8",
            "PRAGMA synchronous = NORMAL; PRAGMA page_size = 65536",
        ],
        [true, false]
    )
    func wholeTransactions(settings: String, isPowersafe: Bool) throws {
        let disk = Disk(isPowersafe: isPowersafe)
        let writer = try disk.writer(settings)
        let reader = try disk.reader()
        for round in 0..<4 {
            let transaction = try writer.beginImmediate()
            try writer.execute(GatheringTests.addPages)
            try writer.execute("UPDATE t SET b = randomblob(2000) WHERE i % 7 = \(round)")
            #expect(try reader.integer("SELECT count(*) FROM t") == 300 * Int64(round))
            try transaction.commit()
            #expect(try reader.integer("SELECT count(*) FROM t") == 300 * Int64(round + 1))
            #expect(try reader.text("PRAGMA integrity_check") == "ok")
            let abandoned = try writer.beginImmediate()
            try writer.execute(GatheringTests.addPages)
            abandoned.rollBack()
            if round % 2 == 1 {
                let result = try writer.checkpoint(.passive)
                #expect(result.isComplete)
                #expect(try disk.reader().text("PRAGMA integrity_check") == "ok")
            }
        }
    }

    @Test("others see each of many small transactions at once, wherever in a sector it ends", arguments: [true, false])
    func smallTransactions(isPowersafe: Bool) throws {
        let disk = Disk(isPowersafe: isPowersafe)
        let writer = try disk.writer("PRAGMA synchronous = FULL")
        let reader = try disk.reader()
        // A frame is 24 bytes longer than a whole number of sectors, so 64 of them begin at every offset in a sector.
        for number in 1...200 {
            let transaction = try writer.beginImmediate()
            try writer.execute("INSERT INTO t (b) VALUES (randomblob(\(number % 7 == 0 ? 9_000 : 100)))")
            try transaction.commit()
            #expect(try reader.integer("SELECT count(*) FROM t") == Int64(number))
            #expect(try reader.text("PRAGMA quick_check") == "ok")
        }
    }

    @Test("what got to the log is known to be synced only where it was, and a log that is cut to begin anew is whole")
    func ends() throws {
        for isSynced in [true, false] {
            let disk = Disk()
            let writer = try disk.writer(
                "PRAGMA synchronous = \(isSynced ? "FULL" : "NORMAL"); PRAGMA journal_size_limit = 40000"
            )
            let before = writer.logEnds
            try GatheringTests.commitPages(writer)
            let after = writer.logEnds
            #expect(after.hasNew(since: before))
            #expect(after.isSynced == isSynced)
            #expect(try writer.checkpoint(.passive).isComplete)
            // The first commit after that restarts the log and truncates it to the size limit.
            try writer.execute("INSERT INTO t (b) VALUES (x'00')")
            #expect(try disk.reader().integer("SELECT count(*) FROM t") == 301)
            #expect(try disk.reader().text("PRAGMA integrity_check") == "ok")
        }
    }

    @Test("a large transaction is written in pieces of many pages")
    func fewWrites() throws {
        let disk = Disk()
        let writer = try disk.writer("PRAGMA synchronous = FULL; PRAGMA page_size = 4096")
        let transaction = try writer.beginImmediate()
        try writer.execute(GatheringTests.addPages)
        let before = disk.changes
        try transaction.commit()
        #expect(writer.logPages > 300)
        let committing = disk.changes - before
        #expect(committing < 20)
    }

    @Test("others find in the database what a checkpoint has copied that a reader held up")
    func partialCheckpoint() throws {
        let disk = Disk()
        let writer = try disk.writer("PRAGMA synchronous = FULL")
        try GatheringTests.commitPages(writer)
        let slow = try disk.reader()
        try slow.execute("BEGIN; SELECT count(*) FROM t")
        try GatheringTests.commitPages(writer)
        let result = try writer.checkpoint(.passive)
        #expect(!result.isComplete && result.checkpointedPages > 300)
        let reader = try disk.reader()
        #expect(try reader.text("PRAGMA integrity_check") == "ok")
        #expect(try reader.integer("SELECT count(*) FROM t") == 600)
        try slow.execute("COMMIT")
        #expect(try slow.integer("SELECT count(*) FROM t") == 600)
    }

    @Test("a commit tells by itself that its pages could not be written, and the next one goes on")
    func refusedWrites() throws {
        let disk = Disk()
        let writer = try disk.writer("PRAGMA synchronous = FULL")
        func commitToFullDisk() throws {
            let transaction = try writer.beginImmediate()
            try writer.execute(GatheringTests.addPages)
            disk.fail(SIMULATED_FAULT_FULL)
            try transaction.commit()
        }
        let error = #expect(throws: SQLiteError.self) { try commitToFullDisk() }
        #expect(error?.isDiskFull == true)
        disk.mend()
        #expect(try disk.reader().integer("SELECT count(*) FROM t") == 0)
        try GatheringTests.commitPages(writer)
        #expect(try disk.reader().integer("SELECT count(*) FROM t") == 300)
        disk.fail(SIMULATED_FAULT_FULL)
        #expect(throws: SQLiteError.self) { try writer.checkpoint(.passive) }
        disk.mend()
        let result = try writer.checkpoint(.truncate)
        #expect(result.isComplete)
        #expect(try disk.reader().text("PRAGMA integrity_check") == "ok")
    }

    @Test("the beginning of a log that begins anew is no end of a transaction")
    func beginning() throws {
        let disk = Disk()
        let writer = try disk.writer("PRAGMA synchronous = FULL")
        try GatheringTests.commitPages(writer)
        #expect(try writer.checkpoint(.passive).isComplete)
        var failures = 0
        for call in 0..<4 as Range<UInt64> {
            let before = writer.logEnds
            do {
                let transaction = try writer.beginImmediate()
                try writer.execute("INSERT INTO t (b) VALUES (x'00')")
                disk.fail(SIMULATED_FAULT_FULL, after: call)
                try transaction.commit()
            } catch {
                failures += 1
                let hasNew = writer.logEnds.hasNew(since: before)
                #expect(!hasNew, "\(call)")
            }
            disk.mend()
        }
        #expect(failures > 0)
    }

    @Test("a write that fails while pages leave the cache is told by the transaction, whichever it is")
    func refusedSpills() throws {
        var failures = 0
        for call in stride(from: 200 as UInt64, to: 400, by: 2) {
            let disk = Disk()
            let writer = try disk.writer("PRAGMA synchronous = FULL; PRAGMA cache_size = 8")
            try GatheringTests.commitPages(writer)
            do {
                let transaction = try writer.beginImmediate()
                disk.fail(SIMULATED_FAULT_FULL, after: call, isSticky: false)
                try writer.execute("UPDATE t SET b = randomblob(2000) WHERE i % 7 = 0")
                try writer.execute(GatheringTests.addPages)
                try writer.execute("UPDATE t SET b = randomblob(2000) WHERE i % 7 = 1")
                for part in 0..<4 {
                    try writer.execute("UPDATE t SET b = randomblob(2000) WHERE i % 41 = \(part)")
                    _ = try writer.integer("SELECT sum(length(b)) FROM t WHERE i % 43 = \(part)")
                }
                try transaction.commit()
            } catch {
                failures += 1
            }
            disk.mend()
            #expect(try [300, 600].contains(disk.reader().integer("SELECT count(*) FROM t")))
            #expect(try writer.text("PRAGMA integrity_check") == "ok", "\(call)")
            #expect(try disk.reader().text("PRAGMA integrity_check") == "ok", "\(call)")
        }
        #expect(failures > 0)
    }
}
