import EventModel
import SQLite

extension WriterSession {
    /// Takes an event in, reports the result, and rolls all of it back, in the store and in memory. Nothing else that
    /// the open transaction does is affected.
    mutating func dryRun(_ event: PreparedEvent, into account: Account.ID) throws(SQLiteError) -> DryRunOutcome {
        guard try enter(account) else { return .rejected(.unknownAccount) }
        let mark = mark()
        try connection.beginSavepoint()
        // If this throws, the whole transaction is rolled back.
        let outcome = try ingest(event, into: account)
        let isNewContact = current?.numbering.lastContact != mark.current?.numbering.lastContact
        try connection.rollBackToSavepoint()
        if isNewContact { contactCache.remove(event.contact) }
        goBack(to: mark)
        return switch outcome {
        case .accepted: .accepted(contact: try foundContact(event, in: account).map(DryRunContact.found) ?? .new)
        case .replayed(let stored, let payloadDiffers): .replayed(stored, payloadDiffers: payloadDiffers)
        case .unknownContact: .unknownContact
        case .rejected(let rejection): .rejected(rejection)
        }
    }

    private func foundContact(_ event: PreparedEvent, in account: Account.ID) throws(SQLiteError) -> ContactID? {
        try contacts.position(of: event.event.contact, in: account, identifiers: identifiers)
            .map(identifiers.contactID(at:))
    }

    /// Gives the answer of a key without counting it as a replay.
    mutating func dryReplay(
        _ key: IdempotencyKey,
        _ hash: KeyHash,
        in account: Account.ID
    ) throws(SQLiteError) -> IngestOutcome? {
        let mark = mark()
        let outcome = try replay(key, hash, payload: nil, in: account)
        goBack(to: mark)
        return outcome
    }

    /// What the open transaction has done in memory so far.
    private struct Mark {
        var current: CurrentAccount?
        var hasNewContacts: Bool
        var ledger: IdempotencyLedger.Mark
        var events: Int
        var replays: Int
        var mismatches: Int
    }

    private func mark() -> Mark {
        Mark(
            current: current,
            hasNewContacts: hasNewContacts,
            ledger: ledger.mark,
            events: newEvents,
            replays: newReplays.count,
            mismatches: newMismatches.count
        )
    }

    private mutating func goBack(to mark: Mark) {
        current = mark.current
        hasNewContacts = mark.hasNewContacts
        ledger.goBack(to: mark.ledger)
        newEvents = mark.events
        newReplays.removeLast(newReplays.count - mark.replays)
        newMismatches.removeLast(newMismatches.count - mark.mismatches)
    }
}
