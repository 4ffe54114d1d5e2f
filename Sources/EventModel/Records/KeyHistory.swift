/// What the ledger knows of an idempotency key.
public struct KeyHistory: Sendable, Hashable {
    /// The key.
    public var key: IdempotencyKey
    /// The event that the key stands for.
    public var eventID: EventID
    /// Whether that event is still in the store; a key goes on answering after its event was erased.
    public var eventExists: Bool
    /// When the key was first accepted.
    public var firstAcceptedAt: Timestamp
    /// How often the key came again, including with another payload.
    public var replays: Int64
    /// How often the key came again with another payload.
    public var mismatches: Int64
    /// When the key last came again.
    public var lastReplayedAt: Timestamp?
    /// The fingerprint of the first payload.
    public var fingerprint: PayloadFingerprint

    /// Creates the description of a key.
    package init(
        key: IdempotencyKey,
        eventID: EventID,
        eventExists: Bool,
        firstAcceptedAt: Timestamp,
        replays: Int64,
        mismatches: Int64,
        lastReplayedAt: Timestamp?,
        fingerprint: PayloadFingerprint
    ) {
        self.key = key
        self.eventID = eventID
        self.eventExists = eventExists
        self.firstAcceptedAt = firstAcceptedAt
        self.replays = replays
        self.mismatches = mismatches
        self.lastReplayedAt = lastReplayedAt
        self.fingerprint = fingerprint
    }
}

/// A part of an account's keys, in the order of the events that they stand for.
public struct KeyPage: Sendable, Hashable {
    /// A key and the event that it stands for.
    public struct Entry: Sendable, Hashable {
        /// The event's number in its account (``RecordedEvent/sequence``).
        public var event: Int64
        /// The key.
        public var key: IdempotencyKey

        /// Creates an entry.
        package init(event: Int64, key: IdempotencyKey) {
            self.event = event
            self.key = key
        }
    }

    /// The keys; an event without a key has none here.
    public var keys: [Entry]
    /// The entry of the ledger after which the next call goes on.
    public var lastEntry: Int64
    /// Whether the ledger may hold more keys of the events that were asked for.
    public var hasMore: Bool

    /// Creates a page.
    package init(keys: [Entry], lastEntry: Int64, hasMore: Bool) {
        self.keys = keys
        self.lastEntry = lastEntry
        self.hasMore = hasMore
    }
}
