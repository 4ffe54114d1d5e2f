/// A place in an account's feed: after the event with this id.
///
/// Readers keep cursors, so cursors are stable: they survive restarts, restores and the erasure of the event that they
/// name. A cursor has the form of an event's id, and the id of any event is a cursor for the place right after it.
public struct FeedCursor: Sendable, Hashable {
    /// The id of the event after which the reader goes on.
    public let lastSeen: EventID

    /// Creates the cursor that stands right after an event.
    public init(after event: EventID) {
        self.lastSeen = event
    }

    /// Reads a cursor; nil unless `text` has the form of one.
    public init?(_ text: some StringProtocol) {
        guard let id = EventID(text) else { return nil }
        self.lastSeen = id
    }
}

extension FeedCursor: CustomStringConvertible {
    /// The cursor as a reader keeps it.
    public var description: String { lastSeen.description }
}
