/// The first answer to an event, kept to answer every repeat of its key.
public struct StoredResponse: Sendable, Hashable {
    /// The id of the one event that the key stands for.
    public var eventID: EventID

    /// Creates a response.
    package init(eventID: EventID) {
        self.eventID = eventID
    }
}
