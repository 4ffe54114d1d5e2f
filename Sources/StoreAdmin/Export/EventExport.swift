import EventLedger
import IngestAPI

/// Turns the events of an account's feed into the lines that `store-admin import` takes in again.
struct EventExport {
    private let reader: SQLiteEventReader
    private let account: Account.ID
    /// Where the next page of the feed begins.
    private(set) var cursor: FeedCursor?
    /// The number of the last event before it; nil where only the cursor stands for it.
    private var lastNumber: Int64?
    /// How contacts are named that were met before.
    private var references: [ContactID: ContactReference] = [:]
    /// The entry of the ledger up to which keys were read.
    private var lastEntry: Int64 = 0
    /// The events whose made key is a key of the account already; nil until a key is made.
    private var eventsWithMadeKeyInUse: Set<EventID>?

    init(_ reader: SQLiteEventReader, _ account: Account.ID, after cursor: FeedCursor?) {
        self.reader = reader
        self.account = account
        self.cursor = cursor
        lastNumber = cursor == nil ? 0 : nil
    }

    /// The lines of the feed's next page, the one after ``cursor``.
    ///
    /// - Throws: ``StoreError/damaged(reason:)`` where an event, a contact or a key is missing that was not erased on record:
    ///   whoever imports the lines would take the rest for all there was.
    mutating func lines(of page: EventPage) async throws(StoreError) -> [UInt8] {
        try await goOn(behind: page)
        let events = page.events
        guard let first = events.first, let last = events.last else { return [] }
        let keys = try await keys(of: first.sequence...last.sequence)
        var json = JSONWriter(reserving: events.reduce(0) { $0 + 384 + ($1.data?.utf8.count ?? 0) })
        for event in events {
            let reference = try await reference(to: event.contact)
            let key: IdempotencyKey
            if let known = keys[event.sequence] { key = known } else { key = try await madeKey(for: event) }
            json.line(of: event, about: reference, key: key)
        }
        return json.bytes
    }

    /// Checks, after the last page, that the feed goes on to the last number that the account gave out.
    func finish() async throws(StoreError) {
        try await reader.requireNoLostEvents(in: account, after: cursor, through: nil)
    }

    /// Moves the cursor behind a page. Where the numbers of its events are not one after the other, the store is asked why.
    private mutating func goOn(behind page: EventPage) async throws(StoreError) {
        guard let end = page.nextCursor, end != cursor else { return }
        let last = page.events.last
        let endsWithLast = last.map { FeedCursor(after: $0.id) } == end
        let hasGap =
            if let lastNumber, let last, endsWithLast {
                last.sequence != lastNumber + Int64(page.events.count)
            } else {
                true
            }
        if hasGap { try await reader.requireNoLostEvents(in: account, after: cursor, through: end) }
        cursor = end
        lastNumber = endsWithLast ? last?.sequence : nil
    }

    // MARK: Keys

    /// The key for an event that was accepted without one, or whose key has expired: made of its id, so that another
    /// import of the same lines is a replay, too. Where another event of the account has that key, a number makes it one that
    /// none has: an import would store one event for both.
    private mutating func madeKey(for event: RecordedEvent) async throws(StoreError) -> IdempotencyKey {
        let made = EventExport.madeKey(for: event.id)
        guard try await findEventsWithMadeKeyInUse().contains(event.id) else { return made }
        var number = 0
        while true {
            number += 1
            let numbered = IdempotencyKey(stored: made.utf8 + Array(":\(number)".utf8))
            if try await reader.history(of: numbered, in: account) == nil { return numbered }
        }
    }

    private static func madeKey(for event: EventID) -> IdempotencyKey {
        IdempotencyKey(stored: Array("event:\(event)".utf8))
    }

    /// Goes through all keys of the account, once. To look each made key up in the ledger would read the newest keys through
    /// every time, a hundred thousand of them or more.
    private mutating func findEventsWithMadeKeyInUse() async throws(StoreError) -> Set<EventID> {
        if let eventsWithMadeKeyInUse { return eventsWithMadeKeyInUse }
        var found: Set<EventID> = []
        var page = KeyPage(keys: [], lastEntry: 0, hasMore: true)
        while page.hasMore {
            page = try await reader.keys(in: account, of: 1...Limits.sequencePerAccount, after: page.lastEntry)
            for entry in page.keys {
                guard entry.key.utf8.starts(with: "event:".utf8), let id = EventID(entry.key.description.dropFirst(6)),
                    // Only of events that there are, so that a client whose keys are of this form does not fill the memory.
                    entry.key == EventExport.madeKey(for: id), try await reader.event(id, in: account) != nil
                else { continue }
                found.insert(id)
            }
        }
        eventsWithMadeKeyInUse = found
        return found
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
