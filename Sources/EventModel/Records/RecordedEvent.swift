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
