/// An event to be ingested. Each of its values was checked when it was made, so a `NewEvent` is always well-formed.
public struct NewEvent: Sendable, Hashable {
    /// What kind of event it is.
    public var type: EventType
    /// Whom it is about.
    public var contact: ContactReference
    /// When it happened; nil stands for the time of receipt.
    public var time: EventTime?
    /// The client's data about it, kept byte for byte.
    public var data: EventData?
    /// The client's key; without a key, every ingest makes another event.
    public var idempotencyKey: IdempotencyKey?

    /// Creates an event.
    public init(
        type: EventType,
        contact: ContactReference,
        time: EventTime? = nil,
        data: EventData? = nil,
        idempotencyKey: IdempotencyKey? = nil
    ) {
        self.type = type
        self.contact = contact
        self.time = time
        self.data = data
        self.idempotencyKey = idempotencyKey
    }

    /// About how many bytes the event takes in a transaction; the writer's limits count these.
    package var byteCount: Int {
        128 + (data?.utf8.count ?? 0) + (idempotencyKey?.utf8.count ?? 0)
    }
}
