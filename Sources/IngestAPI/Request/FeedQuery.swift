package import EventModel

/// The query of `GET /v1/events`: which page of the feed is wanted.
package struct FeedQuery: Sendable, Hashable {
    /// Where to go on; nil means at the first event.
    package var cursor: FeedCursor?
    /// How many events at most.
    package var limit: Int
    /// Which events are wanted.
    package var filter: EventFilter

    /// Reads the parameters `after`, `limit` (1 to ``Limits/pageRows``), `event_type` and `contact` (an id, an email
    /// address or a phone number); others are ignored.
    ///
    /// - Parameter items: The names and values of the query, decoded.
    /// - Throws: `validation_failed`, with every parameter that is at fault.
    package init(_ items: [(name: String, value: String)]) throws(APIError) {
        var items = QueryItems(items)
        let cursor = items.value(of: "after") { text throws(InvalidValue) in
            guard let cursor = FeedCursor(text) else {
                throw InvalidValue(field: "after", message: "must be the next_cursor of a page, or an event's id")
            }
            return cursor
        }
        let limit = items.number("limit", in: 1...Limits.pageRows)
        let type = items.value(of: "event_type") { text throws(InvalidValue) in try EventType(text) }
        let contact = items.value(of: "contact") { text throws(InvalidValue) in try ContactReference(text) }
        try items.check()
        self.cursor = cursor
        self.limit = limit ?? Limits.defaultPageRows
        self.filter = EventFilter(type: type, contact: contact)
    }
}
