import EventModel
import Testing

@testable import EventLedger

/// Ingests events with keys, in lists of a few.
func fill(_ store: SQLiteEventStore, _ numbers: Range<Int>) async throws -> [EventID] {
    let account = try await store.defaultAccount
    var ids: [EventID] = []
    for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 7) {
        let events = try (start..<min(start + 7, numbers.upperBound)).map { number in
            try event(email: "c\(number % 5)@example.com", data: #"{"n":\#(number)}"#, key: "key-\(number)")
        }
        for result in await store.ingest(events, into: account) {
            let outcome = try result.get()
            #expect(outcome.isAccepted)
            ids.append(try #require(outcome.eventID))
        }
    }
    return ids
}

/// Every key gets its first answer again, and none makes an event.
func expectReplays(_ store: SQLiteEventStore, of ids: [EventID], from first: Int = 0) async throws {
    let account = try await store.defaultAccount
    let before = try await store.status().events
    for (index, id) in ids.enumerated().shuffled() {
        let number = first + index
        let outcome = try await store.ingest(
            try event(email: "c\(number % 5)@example.com", data: #"{"n":\#(number)}"#, key: "key-\(number)"),
            into: account
        )
        guard outcome == .replayed(StoredResponse(eventID: id), payloadDiffers: false) else {
            Issue.record("key \(number) came to \(outcome)")
            return
        }
    }
    #expect(try await store.status().events == before)
}
