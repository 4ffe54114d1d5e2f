import EventModel
import Foundation
import SQLite
import Testing

@testable import EventLedger

/// Copies of a database and its log that were not made together.
@Suite("A log beside a database")
struct ForeignLogTests {
    private let folder = TemporaryFolder()

    private typealias Snapshot = (database: Data, log: Data)

    /// The store as a killed process would leave it, in each of five epochs.
    private func snapshots() async throws -> [Snapshot] {
        var snapshots: [Snapshot] = []
        for epoch in 1...5 {
            try await withStore(in: folder) { store in
                let account = try await store.defaultAccount
                for number in 1...5 { _ = try await store.ingest(try event(key: "\(epoch)-\(number)"), into: account) }
                snapshots.append((try folder.contents(), try folder.contents("-wal")))
            }
        }
        return snapshots
    }

    @Test("is the database's, or the store is refused and left as it is")
    func pairs() async throws {
        let snapshots = try await snapshots()
        for (number, snapshot) in snapshots.enumerated() {
            try folder.put(snapshot.database, snapshot.log)
            try await withStore(in: folder) { store in
                let account = try await store.defaultAccount
                #expect(try await store.events(in: account).events.count == 5 * (number + 1))
            }
            // After that close, everything is in the database, which is two logs further on.
            let whole = (database: try folder.contents(), log: 2 * number + 3)
            for (other, snapshot) in snapshots.enumerated() {
                let log = 2 * other + 1
                // The log that was begun next cannot be distinguished from its own.
                guard !(0...1).contains(log - whole.log) else { continue }
                try folder.put(whole.database, snapshot.log)
                let logs = "logs \(whole.log) and \(log)"
                try await folder.expectRefusal("(\(logs))", note: "\(logs)")
            }
        }
    }

    @Test(
        "is its own also where a power cut tore the database's row that says so, while that was copied from the log",
        arguments: [true, false]
    )
    func torn(isWholeSector: Bool) async throws {
        let snapshot = try #require(try await snapshots().last)
        let connection = try Connection(path: folder.store, mode: .readOnly)
        let page = try #require(try connection.integer("SELECT rootpage FROM sqlite_schema WHERE name = 'store'"))
        let key = try connection.prepare("SELECT identifier_key FROM store").first { $0.bytes(0) } ?? []
        connection.close()
        var database = snapshot.database
        // The row is the last content of its page.
        let sector = (Int(page) * 4_096 - 512)..<(Int(page) * 4_096)
        let identity = try #require(database.range(of: Data(key), in: sector))
        let torn = isWholeSector ? sector : identity
        database.replaceSubrange(torn, with: Data(repeating: 0xA5, count: torn.count))
        try folder.put(database, snapshot.log)
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await store.events(in: account).events.count == 25)
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("is not another store's, and not an older one of its own that was put back after a clean stop")
    func others() async throws {
        let snapshots = try await snapshots()
        let whole = try folder.contents()
        let other = TemporaryFolder()
        let foreign = try await withStore(in: other) { store in
            _ = try await store.ingest(try event(key: "other"), into: try await store.defaultAccount)
            return try other.contents("-wal")
        }
        let own = try #require(snapshots.last).log
        for (log, says) in [(foreign, "that of another store"), (own, "of different times")] {
            try folder.put(whole, log)
            try await folder.expectRefusal(says)
        }
    }
}
