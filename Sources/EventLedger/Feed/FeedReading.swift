import EventModel
import SQLite

extension ReadConnection {
    /// A page of an account's feed. The read transaction ends with the page, so that a slow reader never keeps the
    /// write-ahead log from being reset.
    func page(
        of account: Account.ID,
        after cursor: FeedCursor?,
        limit: Int,
        matching filter: EventFilter
    ) throws(StoreError) -> EventPage {
        var start = Position.start(of: account)
        if let cursor {
            guard let position = identifiers.position(of: cursor.lastSeen, in: account) else { throw .unknownCursor }
            start = position
        }
        return try connection.atOneMoment { () throws(SQLiteError) in
            var page = PageInTheMaking(start: start, limit: limit.clamped(to: 1...Limits.pageRows))
            if let contact = filter.contact {
                // An unknown contact has no events. Contact numbers begin with 1, so 0 matches no event, and the feed
                // is passed over as for a type that no event has.
                page.contactNumber = try number(of: contact, in: account) ?? 0
            }
            page.type = filter.type
            // One row more than may be examined shows whether there is more.
            let rows = (page.isFiltered ? Limits.rowsScannedPerPage : page.limit) + 1
            try events.walk(after: start, limit: rows) { row throws(SQLiteError) in try page.add(row, identifiers) }
            try endBeforeLoss(&page, of: account)
            return page.finished(cursor, identifiers)
        }
    }

    /// Ends a page before the first event that is neither stored nor recorded as erased, so that no reader misses it
    /// silently. A page that has reached the end of the feed must reach the last event that the account gave out.
    ///
    /// - Throws: ``SQLiteError`` of a damaged file if the page would begin with the lost event.
    private func endBeforeLoss(_ page: inout PageInTheMaking, of account: Account.ID) throws(SQLiteError) {
        var end = page.last
        if !page.hasMore, let given = try accounts.numbering(of: account)?.lastEvent, given > end.number {
            end = Position(storedAccount: account.rawValue, number: given)
        }
        guard page.hasGap || end != page.last, let lost = try events.firstLost(after: page.start, through: end) else {
            return
        }
        guard lost.number > page.start.number + 1 else { throw isLost(lost) }
        page.end(before: lost)
    }

    /// The number of a contact whose events are wanted. Events of a deleted contact still name it by its id.
    private func number(of contact: ContactReference, in account: Account.ID) throws(SQLiteError) -> Int64? {
        if case .id(let id) = contact { return identifiers.position(of: id, in: account)?.number }
        return try contacts.position(of: contact, in: account, identifiers: identifiers)?.number
    }
}

/// A page while its rows come in.
private struct PageInTheMaking {
    let limit: Int
    var type: EventType?
    var contactNumber: Int64?

    let start: Position
    private(set) var last: Position
    /// Whether numbers were passed over.
    private(set) var hasGap = false
    private var events: [RecordedEvent] = []
    private var bytes = 0
    private var scanned = 0
    private(set) var hasMore = false

    init(start: Position, limit: Int) {
        self.start = start
        self.last = start
        self.limit = limit
    }

    var isFiltered: Bool { type != nil || contactNumber != nil }

    /// Adds a row, or ends the page before it.
    mutating func add(_ row: borrowing Row, _ identifiers: IdentifierCodec) throws(SQLiteError) -> Bool {
        guard events.count < limit, bytes < Limits.pageBytes, scanned < Limits.rowsScannedPerPage else {
            hasMore = true
            return false
        }
        let position = EventRepository.position(row)
        guard position.rawValue > last.rawValue else { throw .damage("the events are not in their order") }
        hasGap = hasGap || position.rawValue != last.rawValue + 1
        last = position
        scanned += 1
        if wants(row) {
            let event = try EventRepository.event(row, identifiers)
            bytes += event.data?.utf8.count ?? 0
            events.append(event)
        }
        return true
    }

    /// Removes everything from a position of the account on; the next page goes on from there.
    mutating func end(before position: Position) {
        events.removeAll { $0.sequence >= position.number }
        last = Position(rawValue: position.rawValue - 1)
        hasMore = true
    }

    func finished(_ cursor: FeedCursor?, _ identifiers: IdentifierCodec) -> EventPage {
        EventPage(
            events: events,
            nextCursor: last == start ? cursor : FeedCursor(after: identifiers.eventID(at: last)),
            hasMore: hasMore
        )
    }

    private func wants(_ row: borrowing Row) -> Bool {
        if let contactNumber, EventRepository.contactNumber(row) != contactNumber { return false }
        if let type { return EventRepository.hasType(type, row) }
        return true
    }
}

extension Comparable {
    /// The value itself, or the end of the range that is nearer to it.
    func clamped(to range: ClosedRange<Self>) -> Self {
        min(max(self, range.lowerBound), range.upperBound)
    }
}
