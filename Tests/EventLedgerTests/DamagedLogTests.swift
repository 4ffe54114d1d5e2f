import EventModel
import Foundation
import SQLite
import Testing

@testable import EventLedger

/// Damage that SQLite would take for the torn end of a log, so that it would ignore everything after it.
@Suite("A log that was damaged")
struct DamagedLogTests {
    private static let events = 6
    private static let pageSize = 4_096
    private static let headerSize = 32
    private static let frameSize = 24 + pageSize

    private let folder = TemporaryFolder()
    private let database: Data
    private let log: Data
    /// Where the frames that end a transaction end, in bytes. The first is that of the epoch, then one follows for each
    /// event.
    private let commits: [Int]

    /// A store as a killed process leaves it.
    init() async throws {
        let folder = folder
        try await withStore(in: folder) { _ in }
        (database, log) = try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            for number in 1...DamagedLogTests.events {
                _ = try await store.ingest(try event(key: "\(number)"), into: account)
            }
            return (try folder.contents(), try folder.contents("-wal"))
        }
        let log = log
        commits = stride(from: DamagedLogTests.headerSize, to: log.count, by: DamagedLogTests.frameSize).filter {
            log[($0 + 4)..<($0 + 8)].contains { $0 != 0 }
        }.map { $0 + DamagedLogTests.frameSize }
    }

    /// Copies the whole log into the database, and leaves the log as it is.
    private func copyLog() throws -> Connection {
        let connection = try Connection(path: folder.store, mode: .readWrite)
        _ = try connection.integer("PRAGMA user_version")
        #expect(try connection.checkpoint(.passive).isComplete)
        return connection
    }

    private func log(flipping byte: Int) -> Data {
        var log = log
        log[byte] ^= 0x10
        return log
    }

    private func expectStored(_ count: Int, _ note: Comment? = nil) async throws {
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await store.events(in: account).events.count == count, note)
        }
    }

    @Test("before the last transaction is refused, and left as it is, and the way it names leads on")
    func middle() async throws {
        try #require(commits.count == DamagedLogTests.events + 1)
        // In the data of the first frame of each transaction but the last one.
        for (number, end) in commits.dropLast(2).enumerated() {
            let damaged = log(flipping: end + 24 + 100)
            try folder.put(database, damaged)
            let behind = commits.count - number - 1
            try await folder.expectRefusal("damaged at byte \(end), and \(behind) transaction", "truncate -s \(end) ")
            try folder.put(database, damaged.prefix(end))
            try await expectStored(DamagedLogTests.events - behind)
        }
    }

    @Test("in its last transaction cannot be told from one that a power cut tore")
    func torn() async throws {
        let begin = commits[commits.count - 2]
        for byte in [begin + 24 + 100, begin + 3, log.count - 1] {
            try folder.put(database, log(flipping: byte))
            try await expectStored(DamagedLogTests.events - 1, "byte \(byte)")
        }
        for length in [begin, begin + 1_000, log.count - 1] {
            try folder.put(database, log.prefix(length))
            try await expectStored(DamagedLogTests.events - 1, "cut to \(length)")
        }
    }

    @Test("in its header, all of which would be forgotten, is refused", arguments: [0, 10, 17, 30])
    func header(byte: Int) async throws {
        try folder.put(database, log(flipping: byte))
        try await folder.expectRefusal("damaged at byte 0, and \(commits.count) transactions")
    }

    @Test("in its header does no harm where all of it is in the database", arguments: [0, 10, 17, 30])
    func copiedLog(byte: Int) async throws {
        try folder.put(database, log)
        _ = try copyLog()
        try folder.put(folder.contents(), log(flipping: byte))
        try await expectStored(DamagedLogTests.events)
    }

    @Test("is nobody's business where it is what an earlier log left")
    func earlierLog() async throws {
        // The log restarts with other numbers, and is shorter now than it was.
        try folder.put(database, log)
        do {
            let connection = try copyLog()
            let transaction = try connection.beginImmediate()
            try connection.execute("UPDATE store SET opened_at_ms = opened_at_ms + 1")
            try transaction.commit()
        }
        let database = try folder.contents()
        var mixed = try folder.contents("-wal")
        #expect(mixed.count == log.count && mixed.prefix(32) != log.prefix(32))
        try await expectStored(DamagedLogTests.events)
        mixed[commits[2] + 200] ^= 1
        try folder.put(database, mixed)
        try await expectStored(DamagedLogTests.events)
    }
}
