import EventLedger
import Foundation
import SQLite
import Testing

/// A folder that is removed with the test that created it.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        // The name is short: the path of a Unix socket in it must fit in about a hundred bytes.
        let name = "sa-" + String(UInt64.random(in: .min ... .max), radix: 36)
        // Without symbolic links, as the store reports its paths.
        let folder = try #require(StorePath.realPath(FileManager.default.temporaryDirectory.path))
        url = URL(fileURLWithPath: folder).appendingPathComponent(name)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    /// The path of the store that a folder's tests use.
    var store: String { path("events.db") }

    func path(_ name: String) -> String {
        url.appendingPathComponent(name).path
    }

    func newFile() throws -> URL {
        let file = url.appendingPathComponent(UUID().uuidString)
        try Data().write(to: file)
        return file
    }

    /// Changes the store by SQL, as nobody should.
    func change(_ sql: String) throws {
        try Connection(path: store, mode: .readWrite).execute(sql)
    }

    /// Creates a store, or opens the existing one, and closes it when `body` is done.
    @discardableResult
    func filling<Value: Sendable>(
        _ body: (SQLiteEventStore, Account.ID) async throws -> Value
    ) async throws -> Value {
        let store = try await SQLiteEventStore.open(at: store)
        do {
            guard let account = try await store.account(named: Account.defaultName) else {
                throw StoreError.unexpected(reason: "a new store has the default account")
            }
            let value = try await body(store, account.id)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }
}

extension SQLiteEventStore {
    /// Ingests an event with an address as its contact, and returns its id.
    @discardableResult
    func ingest(
        _ type: String,
        from email: String = "ann@example.com",
        data: String? = nil,
        key: String? = nil,
        into account: Account.ID
    ) async throws -> EventID {
        let event = NewEvent(
            type: try EventType(type),
            contact: .email(try EmailAddress(email)),
            data: try data.map { text in try EventData(text) },
            idempotencyKey: try key.map { text in try IdempotencyKey(text) }
        )
        switch try await ingest(event, into: account) {
        case .accepted(let response), .replayed(let response, _): return response.eventID
        case .unknownContact, .rejected: throw StoreError.unexpected(reason: "the test's event was refused")
        }
    }
}
