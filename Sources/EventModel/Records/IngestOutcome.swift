/// What became of an event that was offered to the store. All of these are expected results, and none is an error.
public enum IngestOutcome: Sendable, Hashable {
    /// The event was stored, and is on disk.
    case accepted(StoredResponse)
    /// The key was known: this is the first answer again, and nothing was stored. `payloadDiffers` is set if the key
    /// came with another payload than the first time.
    case replayed(StoredResponse, payloadDiffers: Bool)
    /// The event names a contact by an id that does not exist. Nothing was stored, and the key stays free.
    case unknownContact
    /// The event was refused. Nothing was stored, and the key stays as it was.
    case rejected(Rejection)

    /// Why an event was refused.
    public enum Rejection: Sendable, Hashable, Codable {
        /// The account is strict, and the key was first used with another payload.
        case keyReusedWithAnotherPayload
        /// There is no such account in the store.
        case unknownAccount
        /// The account holds as many events or contacts as it can (``Limits/sequencePerAccount``).
        case accountFull
    }
}
