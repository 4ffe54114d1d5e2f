/// What would become of an event if it were offered to the store at this moment.
public enum DryRunOutcome: Sendable, Hashable {
    /// The event would be stored.
    case accepted(contact: DryRunContact)
    /// The key is known: this would be the answer. `payloadDiffers` is set if the key came with another payload than
    /// the first time.
    case replayed(StoredResponse, payloadDiffers: Bool)
    /// The event names a contact by an id that does not exist.
    case unknownContact
    /// The event would be refused.
    case rejected(IngestOutcome.Rejection)
}

/// The contact that an event would be about.
public enum DryRunContact: Sendable, Hashable {
    /// One that exists.
    case found(ContactID)
    /// One that would be created.
    case new
}
