import EventModel

/// An event that is ready for the writer. Whatever can be computed in parallel with other callers is computed here, so
/// that the one thread that writes only looks up and writes.
///
/// It is an object, so that passing a command on does not retain its strings and bytes each time.
final class PreparedEvent: Sendable {
    let event: NewEvent
    let contact: ContactHash
    /// What is needed of the event's key, if it has one.
    let key: Key?
    /// About how many bytes the event takes in the queue and in a transaction.
    let byteCount: Int

    struct Key: Sendable {
        let key: IdempotencyKey
        let hash: KeyHash
        let fingerprint: PayloadFingerprint
    }

    init(_ event: NewEvent, for account: Account.ID, _ hashers: StoreHashers) {
        self.event = event
        contact = hashers.contacts.hash(event.contact, in: account)
        key = event.idempotencyKey.map { key in
            Key(key: key, hash: hashers.keys.hash(key, in: account), fingerprint: PayloadFingerprint(of: event))
        }
        byteCount = event.byteCount
    }
}
