import EventModel
import Foundation
import SQLite
import TestSupport
import Testing

@testable import EventLedger

@Suite("Writing a store anew")
struct CompactionTests {
    /// Text that only the erased events contain.
    private static let mark = "somebody"

    /// Rows of many lengths, of accounts in turn, so that SQLite moves them around; then every second event is erased.
    private func fill(_ store: SQLiteEventStore) async throws -> [EventID] {
        var accounts = [try await store.defaultAccount]
        for name in ["second", "third"] { accounts.append(try await store.createAccount(name)) }
        var (kept, erased): ([EventID], [EventID]) = ([], [])
        var random = SeededGenerator(seed: 1)
        for round in 0..<40 {
            for account in accounts {
                let isErased = account == accounts[0]
                let events = try (0..<25).map { number in
                    let text = String(repeating: "x", count: Int(random.next() % 1_000))
                    return try event(
                        email: "c\(number)@example.com",
                        data: #"{"who":"\#(isErased && number % 2 == 0 ? Self.mark : "other")","text":"\#(text)"}"#,
                        key: "\(account.rawValue)-\(round)-\(number)"
                    )
                }
                for (number, result) in await store.ingest(events, into: account).enumerated() where isErased {
                    let id = try #require(try result.get().eventID)
                    if number % 2 == 0 { erased.append(id) } else { kept.append(id) }
                }
            }
        }
        #expect(try await store.perform(.eraseEvents(account: "default", erased)) == .eventsErased(count: erased.count))
        return kept
    }

    @Test("leaves nothing of what was erased, and everything else as it was")
    func erased() async throws {
        let folder = TemporaryFolder()
        let kept = try await withStore(in: folder) { store in try await fill(store) }
        let sizes = try await SQLiteEventStore.compact(at: folder.store)
        #expect(sizes.bytesAfter < sizes.bytesBefore)
        for file in try folder.files() {
            let isLeft = String(decoding: file.contents, as: UTF8.self).contains(Self.mark)
            #expect(!isLeft, "\(file.name)")
            if file.name == "events.db" { #expect(file.contents.count == sizes.bytesAfter) }
        }
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await store.verify().isEmpty)
            let page = try await store.events(in: account, after: nil, limit: 1_000, matching: EventFilter())
            #expect(page.events.map(\.id) == kept)
            for number in 0..<25 {
                let again = try await store.ingest(
                    try event(email: "c\(number)@example.com", key: "1-39-\(number)"),
                    into: account
                )
                #expect(!again.isAccepted)
            }
            let new = try await store.ingest(try event(key: "new"), into: account)
            #expect(new.isAccepted)
        }
    }

    @Test("is refused while a process holds the store")
    func held() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { _ in
            _ = await #expect(throws: StoreError.inUse(processID: getpid())) {
                try await SQLiteEventStore.compact(at: folder.store)
            }
        }
    }

    @Test("makes no store where there is none")
    func missing() async throws {
        let folder = TemporaryFolder()
        _ = await #expect(throws: StoreError.self) { try await SQLiteEventStore.compact(at: folder.store) }
        #expect(try folder.files().isEmpty)
    }

    @Test("what was written anew while another process reads takes its place with the next opening")
    func reader() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            _ = try await store.ingest(try event(data: "{}", key: "k"), into: account)
        }
        let reader = try Connection(path: folder.store, mode: .readOnly)
        try reader.execute("BEGIN; SELECT count(*) FROM events")
        let compaction = try await SQLiteEventStore.compact(at: folder.store)
        #expect(!compaction.isInPlace)
        #expect(try reader.integer("SELECT count(*) FROM events") == 1)
        try reader.execute("COMMIT")
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await !store.ingest(try event(data: "{}", key: "k"), into: account).isAccepted)
            #expect(try await store.verify().isEmpty)
        }
        #expect(try await SQLiteEventStore.compact(at: folder.store).isInPlace)
    }
}
