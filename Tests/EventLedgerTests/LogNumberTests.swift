import EventModel
import Foundation
import Migrations
import SQLite
import Testing

@testable import EventLedger

/// A log that one process has restarted holds nothing of the opening, but can still be distinguished from others.
@Suite("A log that began anew")
struct LogNumberTests {
    private let folder = TemporaryFolder()
    private let account = Account.ID(rawValue: 1)

    /// A database and its log as they were at one moment, and how many events were acknowledged by then.
    private typealias Snapshot = (database: Data, log: Data, events: Int64)

    private func snapshot(_ folder: TemporaryFolder, _ session: borrowing WriterSession) throws -> Snapshot {
        let events = try session.connection.integer("SELECT count(*) FROM events") ?? 0
        return (try folder.contents(), try folder.contents("-wal"), events)
    }

    /// One snapshot of each of `count` logs, taken some transactions after the log began.
    private func logs(_ count: Int, _ folder: TemporaryFolder) throws -> [Snapshot] {
        var session = try openSession(in: folder)
        session.checkpoints = CheckpointPlan(pages: 40)
        var snapshots: [Snapshot] = []
        var pages: Int32 = 0
        var isTaken = false
        while snapshots.count < count {
            let key = try #require(try session.connection.integer("SELECT count(*) FROM events"))
            _ = try session.run([.prepared(try event(key: "k\(key)"), account)])
            if session.connection.logPages < pages { isTaken = false }
            pages = session.connection.logPages
            if pages >= 20, !isTaken {
                snapshots.append(try snapshot(folder, session))
                isTaken = true
            }
            try session.checkpointIfDue()
        }
        return snapshots
    }

    private func expectOpening(_ snapshot: Snapshot) async throws {
        try folder.put(snapshot.database, snapshot.log)
        let (events, findings) = try await withStore(in: folder) { store in
            (try await store.status().events, try await store.verify())
        }
        #expect(events == snapshot.events)
        #expect(findings.isEmpty)
    }

    @Test("is the database's, or the store is refused and left as it is")
    func pairs() async throws {
        let snapshots = try logs(5, folder)
        for (number, database) in snapshots.enumerated() {
            try await expectOpening(database)
            // All of a new store is in its first log.
            guard number > 0 else { continue }
            // The log before the database's own was copied into it completely: with that one, only what its own log
            // held is lost.
            for (other, log) in snapshots.enumerated() where other != number && other != number - 1 {
                try folder.put(database.database, log.log)
                try await folder.expectRefusal("of different times (logs \(number) and \(other + 1))")
            }
        }
    }

    @Test("is not another store's")
    func others() async throws {
        let own = try logs(3, folder)
        let other = TemporaryFolder()
        // All of a new store is in its first log.
        for (number, foreign) in try logs(3, other).enumerated().dropFirst() {
            try folder.put(own[number].database, foreign.log)
            try await folder.expectRefusal("that of another store")
        }
        // The rewritten database has its pages in other places.
        _ = try await SQLiteEventStore.compact(at: other.store)
        for foreign in try logs(2, other) {
            try folder.put(own[2].database, foreign.log)
            try await folder.expectRefusal()
        }
    }

    @Test("is its own from the first transaction on")
    func firstTransactions() async throws {
        var snapshots: [Snapshot] = []
        do {
            var session = try openSession(in: folder)
            session.checkpoints = CheckpointPlan(pages: 40)
            var last: Int32 = 0
            while snapshots.count < 6 {
                let key = try #require(try session.connection.integer("SELECT count(*) FROM events"))
                _ = try session.run([.prepared(try event(key: "k\(key)"), account)])
                // The first three transactions of a log, twice.
                if session.connection.logPages < last || snapshots.count % 3 > 0 {
                    // That of the opening, and those after it from their first transaction on.
                    let number = try session.connection.integer("SELECT log_number FROM store")
                    #expect(number == Int64(2 + snapshots.count / 3))
                    snapshots.append(try snapshot(folder, session))
                }
                last = session.connection.logPages
                try session.checkpointIfDue()
            }
        }
        for snapshot in snapshots { try await expectOpening(snapshot) }
    }

    @Test("is its own also where another process had copied the one before into the database")
    func copiedByOthers() async throws {
        let taken: Snapshot
        do {
            var session = try openSession(in: folder)
            _ = try session.run([.prepared(try event(key: "a"), account)])
            let other = try Connection(path: folder.store, mode: .readWrite)
            _ = try other.integer("SELECT count(*) FROM events")
            #expect(try other.checkpoint(.passive).isComplete)
            for key in ["b", "c", "d"] { _ = try session.run([.prepared(try event(key: key), account)]) }
            #expect(try session.connection.integer("SELECT log_number FROM store") == 2)
            taken = try snapshot(folder, session)
        }
        try await expectOpening(taken)
    }

    @Test("is not that of a store that was replaced since, nor one that an earlier version made")
    func replaced() async throws {
        let own = try logs(4, folder)
        let copy = folder.path + "/copy.db"
        try own[2].database.write(to: URL(fileURLWithPath: copy))
        try own[2].log.write(to: URL(fileURLWithPath: copy + "-wal"))
        _ = try await SQLiteEventStore.restore(at: folder.store, from: copy)
        let restored = try folder.contents()
        for log in own {
            try folder.put(restored, log.log)
            try await folder.expectRefusal("of different times")
        }

        let earlier = TemporaryFolder()
        try Data().write(to: URL(fileURLWithPath: earlier.store))
        let connection = try Connection(path: earlier.store, mode: .readWrite)
        try connection.execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0")
        for step in MigrationCatalog.all.prefix(9) { try connection.execute(String(decoding: step.sql, as: UTF8.self)) }
        let log = try earlier.contents("-wal")
        connection.close()
        try folder.put(restored, log)
        try await folder.expectRefusal("that of an earlier version")
    }
}
