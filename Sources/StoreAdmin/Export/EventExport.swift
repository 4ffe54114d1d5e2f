import EventLedger
import IngestAPI

/// Turns the events of an account's feed into the lines that `store-admin import` takes in again.
struct EventExport {
    private let reader: any EventReader
    private let account: Account.ID
    /// How contacts are named that were met before.
    private var references: [ContactID: ContactReference] = [:]
    /// The entry of the ledger up to which keys were read.
    private var lastEntry: Int64 = 0

    init(_ reader: any EventReader, _ account: Account.ID) {
        self.reader = reader
        self.account = account
    }

    /// The lines of the feed's next events.
    mutating func lines(of events: [RecordedEvent]) async throws(StoreError) -> [UInt8] {
        guard let first = events.first, let last = events.last else { return [] }
        let keys = try await keys(of: first.sequence...last.sequence)
        var json = IngestAPI.JSONWriter(reserving: events.reduce(0) { $0 + 384 + ($1.data?.utf8.count ?? 0) })
        for event in events {
            let reference = try await reference(to: event.contact)
            json.line(of: event, about: reference, key: keys[event.sequence] ?? EventExport.key(for: event))
        }
        return json.bytes
    }

    /// The key for an event that was accepted without one, or whose key has expired: made of its id, so that another
    /// import of the same lines is a replay, too.
    private static func key(for event: RecordedEvent) -> IdempotencyKey {
        IdempotencyKey(stored: Array("event:\(event.id)".utf8))
    }

    private mutating func keys(of events: ClosedRange<Int64>) async throws(StoreError) -> [Int64: IdempotencyKey] {
        var keys: [Int64: IdempotencyKey] = [:]
        var page: KeyPage
        repeat {
            page = try await reader.keys(in: account, of: events, after: lastEntry)
            for entry in page.keys { keys[entry.event] = entry.key }
            lastEntry = page.lastEntry
        } while page.hasMore
        return keys
    }

    /// A contact's address, or its number; its id where it has neither any more.
    private mutating func reference(to contact: ContactID) async throws(StoreError) -> ContactReference {
        if let known = references[contact] { return known }
        let found = try await reader.contact(.id(contact), in: account)
        let reference =
            found?.email.map(ContactReference.email) ?? found?.phoneNumber.map(ContactReference.phone) ?? .id(contact)
        if references.count >= Limits.exportedContactsInMemory { references.removeAll(keepingCapacity: true) }
        references[contact] = reference
        return reference
    }
}
