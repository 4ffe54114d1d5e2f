/// An event as it is kept in the store.
public struct RecordedEvent: Sendable, Hashable {
    /// The event's public id.
    public var id: EventID
    /// Its place in its account's feed. Numbers are given out from 1 without gaps, except that a restore passes over
    /// ``Limits/numbersPassedOver`` of them.
    public var sequence: Int64
    /// What kind of event it is.
    public var type: EventType
    /// Whom it is about.
    public var contact: ContactID
    /// When it happened, as the client said, or the time of receipt if the client said nothing.
    public var time: EventTime
    /// When the event was received.
    public var receivedAt: Timestamp
    /// The client's data, byte for byte; nil if none was sent.
    public var data: EventData?

    /// Creates the description of an event.
    package init(
        id: EventID,
        sequence: Int64,
        type: EventType,
        contact: ContactID,
        time: EventTime,
        receivedAt: Timestamp,
        data: EventData?
    ) {
        self.id = id
        self.sequence = sequence
        self.type = type
        self.contact = contact
        self.time = time
        self.receivedAt = receivedAt
        self.data = data
    }
}

/// A page of an account's feed, in the order in which the events were committed.
public struct EventPage: Sendable, Hashable {
    /// The events; a filtered page may have no events and still not be the last one.
    public var events: [RecordedEvent]
    /// Where to go on: the place after the last event that was scanned. Nil only for an empty feed that was read from
    /// its start.
    public var nextCursor: FeedCursor?
    /// Whether there were more events to scan when the page was read.
    public var hasMore: Bool

    /// Creates a page.
    package init(events: [RecordedEvent], nextCursor: FeedCursor?, hasMore: Bool) {
        self.events = events
        self.nextCursor = nextCursor
        self.hasMore = hasMore
    }
}

/// Which events of a feed a reader wants; all of them if nothing is set.
public struct EventFilter: Sendable, Hashable {
    /// Only events of this type.
    public var type: EventType?
    /// Only events about this contact.
    public var contact: ContactReference?

    /// Creates a filter.
    public init(type: EventType? = nil, contact: ContactReference? = nil) {
        self.type = type
        self.contact = contact
    }
}
