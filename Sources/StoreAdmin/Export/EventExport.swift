import EventLedger
import IngestAPI

/// Turns the events of an account's feed into lines that `store-admin import` can read.
struct EventExport {
    private let reader: SQLiteEventReader
    private let account: Account.ID
    /// Where the next page of the feed begins.
    private(set) var cursor: FeedCursor?
    /// The number of the last event before ``cursor``; nil if only the cursor is known.
    private var lastNumber: Int64?
    /// The names of contacts that occurred before.
    private var references: [ContactID: ContactReference] = [:]
    /// The entry of the ledger up to which keys have been read.
    private var lastEntry: Int64 = 0
    /// The events whose generated key is already a key of the account; nil until a key is generated.
    private var eventsWithMadeKeyInUse: Set<EventID>?

    init(_ reader: SQLiteEventReader, _ account: Account.ID, after cursor: FeedCursor?) {
        self.reader = reader
        self.account = account
        self.cursor = cursor
        lastNumber = cursor == nil ? 0 : nil
    }

    /// The lines of the feed's next page, the one after ``cursor``.
    ///
    /// - Throws: ``StoreError/damaged(reason:)`` if an event, a contact or a key is missing without a record that it
    ///   was erased: whoever imports the lines would take the rest for everything.
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

    /// Checks, after the last page, that the feed reaches the last number that the account gave out.
    func finish() async throws(StoreError) {
        try await reader.requireNoLostEvents(in: account, after: cursor, through: nil)
    }

    /// Moves the cursor past a page. If the numbers of its events are not consecutive, the store is asked why.
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

    /// The key for an event that was accepted without one, or whose key has expired. It is made from the event's id, so
    /// that another import of the same lines is a replay, too. If another event of the account has that key, a number
    /// is appended that makes it unique: otherwise an import would store one event for both.
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

    /// Goes through all keys of the account, once. Looking up each generated key in the ledger would read through the
    /// newest keys every time, a hundred thousand of them or more.
    private mutating func findEventsWithMadeKeyInUse() async throws(StoreError) -> Set<EventID> {
        if let eventsWithMadeKeyInUse { return eventsWithMadeKeyInUse }
        var found: Set<EventID> = []
        var page = KeyPage(keys: [], lastEntry: 0, hasMore: true)
        while page.hasMore {
            page = try await reader.keys(in: account, of: 1...Limits.sequencePerAccount, after: page.lastEntry)
            for entry in page.keys {
                guard entry.key.utf8.starts(with: "event:".utf8), let id = EventID(entry.key.description.dropFirst(6)),
                    // Only for existing events, so that a client whose keys have this form does not fill the memory.
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

    /// A contact's address or its number; its id if it no longer has either.
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
