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
    /// How often the key came again, those with another payload included.
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
