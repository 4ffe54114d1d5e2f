/// A key that came again with another payload.
public struct KeyMismatch: Sendable, Hashable {
    /// The key.
    public var key: IdempotencyKey
    /// The event that the key stands for.
    public var eventID: EventID
    /// How often the key came with another payload.
    public var mismatches: Int64
    /// When it last did so, to within the short time over which repeats are counted together.
    public var lastMismatchAt: Timestamp
    /// Where the last payload that was compared differed from the first one, as JSON pointers (RFC 6901) into the
    /// payload; nil if no payload could be compared: it broke a rule, the event was erased, or too much was waiting to
    /// be compared.
    public var differences: [String]?

    /// Creates the description of a key.
    package init(
        key: IdempotencyKey,
        eventID: EventID,
        mismatches: Int64,
        lastMismatchAt: Timestamp,
        differences: [String]?
    ) {
        self.key = key
        self.eventID = eventID
        self.mismatches = mismatches
        self.lastMismatchAt = lastMismatchAt
        self.differences = differences
    }
}

/// A part of an account's keys that came again with another payload, in the order in which they were first accepted.
public struct KeyMismatchPage: Sendable, Hashable {
    /// The keys.
    public var mismatches: [KeyMismatch]
    /// The entry of the ledger after which the next call goes on.
    public var lastEntry: Int64
    /// Whether there may be more.
    public var hasMore: Bool

    /// Creates a page.
    package init(mismatches: [KeyMismatch], lastEntry: Int64, hasMore: Bool) {
        self.mismatches = mismatches
        self.lastEntry = lastEntry
        self.hasMore = hasMore
    }
}
