import EventModel
import Foundation
import Logging
import SQLite
import Testing

@testable import EventLedger

/// A folder of its own for one test, removed when the test releases it.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        // Without symbolic links, as the store reports its paths.
        path = StorePath.realPath(FileManager.default.temporaryDirectory.path)! + "/event-ledger-\(UUID().uuidString)"
        try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of a store in the folder.
    var store: String { path + "/events.db" }
}

/// Opens a store in a folder of its own and closes it afterwards.
func withStore<Result>(
    in folder: TemporaryFolder = TemporaryFolder(),
    _ parameters: LedgerParameters = LedgerParameters(),
    _ body: (SQLiteEventStore) async throws -> Result
) async throws -> Result {
    let store = try await openStore(folder.store, parameters)
    do {
        let result = try await body(store)
        await store.close()
        return result
    } catch {
        await store.close()
        throw error
    }
}

/// Opens a store whose log output is discarded.
func openStore(
    _ path: String,
    _ parameters: LedgerParameters = LedgerParameters()
) async throws(StoreError) -> SQLiteEventStore {
    try await SQLiteEventStore.open(
        at: path,
        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
        parameters
    )
}

/// The writer's own code on a store in a folder, without its thread. The store must not need repairs.
func openSession(
    in folder: TemporaryFolder,
    _ parameters: LedgerParameters = LedgerParameters(),
    tokenIndex: TokenIndex = TokenIndex()
) throws -> WriterSession {
    try WriterSession.open(
        StoreOpening.openForWriting(StorePath(folder.store), parameters),
        tokenIndex: tokenIndex,
        parameters
    ) { Issue.record("nothing was to be repaired: \($0)") }
}

extension WriterSession {
    /// Runs commands in one transaction.
    mutating func run(_ commands: [WriterCommand]) throws -> [WriterCommand.Outcome] {
        var commands = commands
        return try run(&commands)
    }

    /// Ingests an event with a key.
    ///
    /// - Returns: Whether the event is new.
    mutating func accepts(_ key: String, in account: Account.ID = Account.ID(rawValue: 1)) throws -> Bool {
        guard case .ingest(let outcome) = try run([.prepared(try event(key: key), account, hashers)])[0] else {
            return false
        }
        return outcome.isAccepted
    }

    /// Runs commands, followed by so many that there is no room for them, as on a full disk: SQLite does not let the
    /// database grow beyond a number of pages.
    mutating func fail(_ commands: [WriterCommand], in account: Account.ID = Account.ID(rawValue: 1)) throws {
        let pages = try #require(try connection.integer("PRAGMA page_count"))
        try connection.execute("PRAGMA max_page_count = \(pages + 10)")
        let data = #"{"a":""# + String(repeating: "x", count: 20_000) + #""}"#
        let tooMuch = try (0..<20).map {
            try WriterCommand.prepared(try event(data: data, key: "too-much-\($0)"), account)
        }
        #expect(throws: Failure.self) { try run(commands + tooMuch) }
        try connection.execute("PRAGMA max_page_count = 1000000")
    }
}

extension LedgerParameters {
    /// Sizes with which a few hundred keys are sealed and merged through all levels.
    static let small = LedgerParameters(
        entriesPerTable: 64,
        mergeFanOut: 3,
        highestLevel: 3,
        codesPerPage: 10,
        filterBitsPerKey: 12,
        entriesPerStep: 2
    )
}

extension StoreHashers {
    /// Functions that belong to no particular store.
    static let forTests = StoreHashers(storeKey: Array(0..<32), keyHashBits: KeyHash.bits)
}

extension WriterCommand {
    /// An ingest that nobody waits for. To find a key that another session stored, both sessions must hash with the
    /// store's functions.
    static func prepared(
        _ event: NewEvent,
        _ account: Account.ID,
        _ hashers: StoreHashers = .forTests
    ) throws -> WriterCommand {
        .ingest(PreparedEvent(event, for: account, hashers), account: account, completion: .call { _ in })
    }
}

extension EventReader {
    /// The account that every new store has.
    var defaultAccount: Account.ID {
        get async throws {
            try #require(try await account(named: Account.defaultName)).id
        }
    }
}

/// An event about `ada@example.com`, or another contact.
func event(
    _ type: String = "order_placed",
    email: String = "ada@example.com",
    data: String? = nil,
    key: String? = nil
) throws -> NewEvent {
    NewEvent(
        type: try EventType(type),
        contact: .email(try EmailAddress(email)),
        data: try data.map(EventData.init),
        idempotencyKey: try key.map(IdempotencyKey.init)
    )
}

extension IngestOutcome {
    /// The event's id, if the outcome has one.
    var eventID: EventID? {
        switch self {
        case .accepted(let response), .replayed(let response, _): response.eventID
        case .unknownContact, .rejected: nil
        }
    }

    var isAccepted: Bool {
        if case .accepted = self { true } else { false }
    }
}

extension TemporaryFolder {
    /// Changes the store in the folder by SQL, as nobody should: the schema's constraints are off, its triggers are on.
    func change(_ sql: String) throws {
        let connection = try Connection(path: store, mode: .readWrite)
        try connection.execute("PRAGMA ignore_check_constraints = ON; " + sql)
    }

    /// The files in the folder, with their contents.
    func files() throws -> [(name: String, contents: [UInt8])] {
        try FileManager.default.contentsOfDirectory(atPath: path).compactMap { name in
            guard let contents = FileManager.default.contents(atPath: path + "/" + name) else { return nil }
            return (name, Array(contents))
        }
    }

    /// The contents of a file of the store; `ending` is what its name has after the database's.
    func contents(_ ending: String = "") throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: store + ending))
    }

    /// Replaces the store's database and log, which nobody has open.
    func put(_ database: Data, _ log: Data) throws {
        try? FileManager.default.removeItem(atPath: store + "-shm")
        try database.write(to: URL(fileURLWithPath: store))
        try log.write(to: URL(fileURLWithPath: store + "-wal"))
    }

    /// Expects that the store can be opened neither for writing nor for reading, with words that say why, and is left
    /// as it is.
    func expectRefusal(_ words: String..., note: Comment? = nil) async throws {
        let before = (try contents(), try contents("-wal"))
        let opening = await #expect(throws: StoreError.self, note) { try await openStore(store).close() }
        let reading = await #expect(throws: StoreError.self, note) {
            try await SQLiteEventReader.open(at: store).close()
        }
        for error in [opening, reading] {
            for word in words { #expect(error.map { "\($0)".contains(word) } == true, "\(String(describing: error))") }
        }
        #expect(try (contents(), contents("-wal")) == before, note)
    }

    /// The permissions of a file, such as 0o600.
    func permissions(of name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path + "/" + name)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }
}
