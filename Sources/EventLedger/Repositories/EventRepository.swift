import EventModel
import SQLite

/// The table `events`.
struct EventRepository: ~Copyable {
    private let insert: Statement
    private let select: Statement
    private let selectPage: Statement
    private let selectStoredAndErased: Statement
    private let recordErasure: Statement
    private let deleteErased: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        let insert = try connection.prepare(SQL.insertEvent)
        let select = try connection.prepare(SQL.selectEvent)
        let selectPage = try connection.prepare(SQL.selectEvents)
        let selectStoredAndErased = try connection.prepare(SQL.selectStoredAndErased)
        let recordErasure = try connection.prepare(SQL.recordErasure)
        let deleteErased = try connection.prepare(SQL.deleteErasedEvents)
        self.insert = insert
        self.select = select
        self.selectPage = selectPage
        self.selectStoredAndErased = selectStoredAndErased
        self.recordErasure = recordErasure
        self.deleteErased = deleteErased
    }

    /// Adds an event; `contact` must belong to the same account.
    func insert(
        _ event: NewEvent,
        at position: Position,
        contact: Position,
        receivedAt: Timestamp
    ) throws(SQLiteError) {
        precondition(contact.account == position.account, "an event and its contact are of one account")
        var type = event.type.name
        // Through a `Result`, because `withUTF8` does not pass on the type of the error that its closure throws.
        let result = type.withUTF8 { type in
            Result { () throws(SQLiteError) in
                try (event.data?.utf8 ?? []).withUnsafeBufferPointer { data throws(SQLiteError) in
                    try insert.run {
                        $0.set(1, position.rawValue)
                        $0.set(2, contact.number)
                        $0.set(3, borrowedText: UnsafeRawBufferPointer(type))
                        if let time = event.time {
                            $0.set(4, time.secondsSinceEpoch)
                            $0.set(5, Int64(time.nanoseconds))
                        }
                        $0.set(6, receivedAt.millisecondsSinceEpoch)
                        // An object has at least two bytes.
                        if !data.isEmpty { $0.set(7, borrowedText: UnsafeRawBufferPointer(data)) }
                    }
                }
            }
        }
        try result.get()
    }

    func event(at position: Position, identifiers: IdentifierCodec) throws(SQLiteError) -> RecordedEvent? {
        try select.first {
            $0.set(1, position.rawValue)
        } read: { row throws(SQLiteError) in
            try EventRepository.event(row, identifiers)
        }
    }

    /// What is stored of an event's payload.
    func payload(at position: Position) throws(SQLiteError) -> StoredPayload? {
        try select.first {
            $0.set(1, position.rawValue)
        } read: { row in
            StoredPayload(
                type: EventType(stored: row.text(2)),
                contactNumber: EventRepository.contactNumber(row),
                time: EventRepository.time(row),
                data: row.isNull(6) ? nil : EventData(stored: row.bytes(6))
            )
        }
    }

    func exists(at position: Position) throws(SQLiteError) -> Bool {
        try select.hasRow { $0.set(1, position.rawValue) }
    }

    /// Deletes the events of a range, all of which exist, and records that they are gone.
    func erase(_ range: PositionRange, at now: Timestamp) throws(SQLiteError) {
        try record(range, at: now)
        try deleteErased.run {
            $0.set(1, range.first.rawValue)
            $0.set(2, range.last.rawValue)
        }
    }

    /// Records that there are no events in a range, so that their numbers are not taken for lost.
    func record(_ range: PositionRange, at now: Timestamp) throws(SQLiteError) {
        try recordErasure.run {
            $0.set(1, range.first.rawValue)
            $0.set(2, range.last.rawValue)
            $0.set(3, now.millisecondsSinceEpoch)
        }
    }

    /// Walks an account's events after a position, in order, until `read` wants no more.
    func walk(
        after position: Position,
        limit: Int,
        read: (borrowing Row) throws(SQLiteError) -> Bool
    ) throws(SQLiteError) {
        try selectPage.forEach {
            $0.set(1, position.rawValue)
            $0.set(2, Position.end(of: position.account).rawValue)
            $0.set(3, Int64(limit))
        } read: { row throws(SQLiteError) in
            try read(row)
        }
    }

    /// The first position after `start`, up to `end` in the same account, where no event is stored and no erasure is
    /// recorded; nil if there is none.
    func firstLost(after start: Position, through end: Position) throws(SQLiteError) -> Position? {
        var last = start.rawValue
        try selectStoredAndErased.forEach {
            $0.set(1, start.rawValue)
            $0.set(2, end.rawValue)
        } read: { row in
            guard row.integer(0) <= last &+ 1 else { return false }
            last = max(last, row.integer(1))
            return true
        }
        return last < end.rawValue ? Position(rawValue: last + 1) : nil
    }

    /// The last position of the run of lost ones that begins at `lost`, up to `end` at most.
    func lastLost(from lost: Position, through end: Position) throws(SQLiteError) -> Position {
        var last = end
        try selectStoredAndErased.forEach {
            $0.set(1, lost.rawValue)
            $0.set(2, end.rawValue)
        } read: { row in
            guard row.integer(0) > lost.rawValue else { return true }
            last = Position(rawValue: row.integer(0) - 1)
            return false
        }
        return last
    }

    // MARK: A row, as `event(at:)` and `walk(after:)` give it

    static func position(_ row: borrowing Row) -> Position { Position(rawValue: row.integer(0)) }

    static func contactNumber(_ row: borrowing Row) -> Int64 { row.integer(1) }

    /// Compares the type without copying it.
    static func hasType(_ type: EventType, _ row: borrowing Row) -> Bool {
        var name = type.name
        return name.withUTF8 { wanted in
            row.withBytes(2) { stored in
                stored.withUnsafeBytes { $0.elementsEqual(wanted) }
            }
        }
    }

    /// Says that the data of an event is cut or changed, and what can be done about it.
    static func unreadable(_ position: Position, _ identifiers: IdentifierCodec) -> String {
        let id = identifiers.eventID(at: position)
        return "the data of event \(id) (\(position.number) of account \(position.account.rawValue)) is not a JSON "
            + "object; if no backup holds it intact, `store-admin event erase \(id)` lets the feed continue after it"
    }

    private static func time(_ row: borrowing Row) -> EventTime? {
        row.integerIfPresent(3).map {
            EventTime(secondsSinceEpoch: $0, nanoseconds: Int32(truncatingIfNeeded: row.integer(4)))
        }
    }

    /// The event of a row.
    ///
    /// - Throws: ``SQLiteError`` for damage, if the data cannot be an object. It is sent as it is stored, and a
    ///   truncated object would make the whole answer unreadable.
    static func event(_ row: borrowing Row, _ identifiers: IdentifierCodec) throws(SQLiteError) -> RecordedEvent {
        let position = position(row)
        let data = row.isNull(6) ? nil : EventData(stored: row.bytes(6))
        if let data, data.utf8.first != UInt8(ascii: "{") || data.utf8.last != UInt8(ascii: "}") {
            throw .damage(unreadable(position, identifiers))
        }
        let receivedAt = Timestamp(millisecondsSinceEpoch: row.integer(5))
        return RecordedEvent(
            id: identifiers.eventID(at: position),
            sequence: position.number,
            type: EventType(stored: row.text(2)),
            contact: identifiers.contactID(
                at: Position(storedAccount: position.account.rawValue, number: contactNumber(row))
            ),
            time: time(row) ?? EventTime(receivedAt),
            receivedAt: receivedAt,
            data: data
        )
    }
}
