import EventModel
import Foundation
import SQLite
import Testing

@testable import EventLedger

/// What SQLite would take for the torn end of a log, and forget what follows it.
@Suite("A log that was damaged")
struct DamagedLogTests {
    private static let events = 6
    private static let pageSize = 4_096
    private static let headerSize = 32
    private static let frameSize = 24 + pageSize

    private let folder = TemporaryFolder()
    private let database: Data
    private let log: Data
    /// Where the frames end that end a transaction, in bytes. The first one is that of the epoch, and then comes one for each event.
    private let commits: [Int]

    /// A store as a process that was killed leaves it.
    init() async throws {
        let folder = folder
        try await withStore(in: folder) { _ in }
        (database, log) = try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            for number in 1...DamagedLogTests.events {
                _ = try await store.ingest(try event(key: "\(number)"), into: account)
            }
            func contents(_ ending: String) throws -> Data {
                try Data(contentsOf: URL(fileURLWithPath: folder.store + ending))
            }
            return (try contents(""), try contents("-wal"))
        }
        let log = log
        commits = stride(from: 32, to: log.count, by: DamagedLogTests.frameSize).filter {
            log[($0 + 4)..<($0 + 8)].contains { $0 != 0 }
        }.map { $0 + DamagedLogTests.frameSize }
    }

    private func put(_ log: Data, beside database: Data? = nil) throws {
        try? FileManager.default.removeItem(atPath: folder.store + "-shm")
        try (database ?? self.database).write(to: URL(fileURLWithPath: folder.store))
        try log.write(to: URL(fileURLWithPath: folder.store + "-wal"))
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

    private func expectRefusal(_ words: String...) async throws {
        let opening = await #expect(throws: StoreError.self) { try await openStore(folder.store).close() }
        let reading = await #expect(throws: StoreError.self) {
            try await SQLiteEventReader.open(at: folder.store).close()
        }
        for error in [opening, reading] {
            for word in words { #expect(error.map { "\($0)".contains(word) } == true, "\(String(describing: error))") }
        }
    }

    @Test("before the last transaction is refused, and left as it is, and the way it names leads on")
    func middle() async throws {
        try #require(commits.count == DamagedLogTests.events + 1)
        // In the data of the first frame of each transaction but the last one.
        for (number, end) in commits.dropLast(2).enumerated() {
            let damaged = log(flipping: end + 24 + 100)
            try put(damaged)
            let behind = commits.count - number - 1
            try await expectRefusal("damaged at byte \(end), and \(behind) transaction", "truncate -s \(end) ")
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder.store + "-wal")) == damaged)
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder.store)) == database)
            try put(damaged.prefix(end))
            try await expectStored(DamagedLogTests.events - behind)
        }
    }

    @Test("in its last transaction cannot be told from one that a power cut tore")
    func torn() async throws {
        let begin = commits[commits.count - 2]
        for byte in [begin + 24 + 100, begin + 3, log.count - 1] {
            try put(log(flipping: byte))
            try await expectStored(DamagedLogTests.events - 1, "byte \(byte)")
        }
        for length in [begin, begin + 1_000, log.count - 1] {
            try put(log.prefix(length))
            try await expectStored(DamagedLogTests.events - 1, "cut to \(length)")
        }
    }

    @Test("in its header, all of which would be forgotten, is refused", arguments: [0, 10, 17, 30])
    func header(byte: Int) async throws {
        try put(log(flipping: byte))
        try await expectRefusal("damaged at byte 0, and \(commits.count) transactions")
    }

    @Test("in its header does no harm where all of it is in the database", arguments: [0, 10, 17, 30])
    func copiedLog(byte: Int) async throws {
        try put(log)
        do {
            let connection = try Connection(path: folder.store, mode: .readWrite)
            _ = try connection.integer("PRAGMA user_version")
            #expect(try connection.checkpoint(.passive).isComplete)
        }
        try put(log(flipping: byte), beside: try Data(contentsOf: URL(fileURLWithPath: folder.store)))
        try await expectStored(DamagedLogTests.events)
    }

    @Test("is nobody's business where it is what an earlier log left")
    func earlierLog() async throws {
        // The log begins anew with other numbers, and is shorter now than it was.
        try put(log)
        do {
            let connection = try Connection(path: folder.store, mode: .readWrite)
            _ = try connection.integer("PRAGMA user_version")
            #expect(try connection.checkpoint(.passive).isComplete)
            let transaction = try connection.beginImmediate()
            try connection.execute("UPDATE store SET opened_at_ms = opened_at_ms + 1")
            try transaction.commit()
        }
        let database = try Data(contentsOf: URL(fileURLWithPath: folder.store))
        var mixed = try Data(contentsOf: URL(fileURLWithPath: folder.store + "-wal"))
        #expect(mixed.count == log.count && mixed.prefix(32) != log.prefix(32))
        try await expectStored(DamagedLogTests.events)
        mixed[commits[2] + 200] ^= 1
        try put(mixed, beside: database)
        try await expectStored(DamagedLogTests.events)
    }
}
