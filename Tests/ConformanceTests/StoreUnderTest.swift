import EventLedger
import Foundation
import Testing

/// A kind of store that keeps the promises of ``EventStore``. To test another one, only a case has to be added here.
enum StoreUnderTest: CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite

    var testDescription: String { "\(self)" }

    /// Opens the store in a folder, or creates it, for exclusive use.
    func open(in folder: URL) async throws -> any EventStore {
        switch self {
        case .sqlite: try await SQLiteEventStore.open(at: folder.appendingPathComponent("events.db").path)
        }
    }

    /// Creates a new store and opens it once for each part of a test: each part finds what the earlier ones did.
    func inTurn(_ parts: (any EventStore, Account.ID) async throws -> Void...) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("conformance-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        for part in parts {
            let store = try await open(in: folder)
            do {
                let account = try #require(try await store.account(named: Account.defaultName))
                try await part(store, account.id)
                await store.close()
            } catch {
                await store.close()
                throw error
            }
        }
    }
}

/// An event about an address, or `ada@example.com`.
func event(
    _ type: String = "t",
    email: String = "ada@example.com",
    data: String? = nil,
    key: String? = nil
) throws -> NewEvent {
    NewEvent(
        type: try EventType(type),
        contact: .email(try EmailAddress(email)),
        data: try data.map { try EventData($0) },
        idempotencyKey: try key.map { try IdempotencyKey($0) }
    )
}

extension EventStore {
    /// All of an account's events, read in pages of a given size.
    func feed(of account: Account.ID, after start: FeedCursor? = nil, page: Int = 7) async throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        var cursor = start
        while true {
            let next = try await self.events(in: account, after: cursor, limit: page, matching: EventFilter())
            events += next.events
            cursor = next.nextCursor
            if !next.hasMore { return events }
        }
    }

    /// Creates an account.
    func makeAccount(_ name: String, isStrict: Bool = false) async throws -> Account.ID {
        _ = try await perform(.createAccount(name: name, isStrict: isStrict))
        return try #require(try await account(named: name)).id
    }
}

extension IngestOutcome {
    /// The id of the event that was just stored.
    var acceptedID: EventID? {
        if case .accepted(let stored) = self { stored.eventID } else { nil }
    }

    /// The id of the event that the key stands for.
    var replayedID: EventID? {
        if case .replayed(let stored, _) = self { stored.eventID } else { nil }
    }
}
