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
