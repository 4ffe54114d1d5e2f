import EventModel
import SQLite

extension WriterSession {
    /// Runs one command in the open transaction.
    mutating func execute(_ command: WriterCommand) throws(SQLiteError) -> WriterCommand.Outcome {
        switch command {
        case .ingest(let event, let fingerprint, let account, _):
            .ingest(try ingest(event, fingerprint: fingerprint, into: account))
        case .replay(let key, let account, _):
            .replay(try replay(key, fingerprint: nil, in: account))
        case .change(let change, _):
            .change(try perform(change))
        case .settle:
            .settle
        }
    }

    /// Takes an event in: ledger, contact, event, ledger entry.
    private mutating func ingest(
        _ event: NewEvent,
        fingerprint: PayloadFingerprint?,
        into account: Account.ID
    ) throws(SQLiteError) -> IngestOutcome {
        guard var numbers = try numbering(of: account) else { return .rejected(.unknownAccount) }
        if let key = event.idempotencyKey, let known = try replay(key, fingerprint: fingerprint, in: account) {
            return known
        }
        guard numbers.lastEvent < Limits.sequencePerAccount, numbers.lastContact < Limits.sequencePerAccount else {
            return .rejected(.accountFull)
        }
        guard let contact = try findOrAddContact(event.contact, of: account, &numbers) else { return .unknownContact }

        numbers.lastEvent += 1
        let position = Position(account: account, number: numbers.lastEvent)
        try events.insert(event, at: position, contact: contact, receivedAt: now)
        if let key = event.idempotencyKey, let fingerprint {
            try ledger.admit(key, event: position, fingerprint: fingerprint, at: now)
        }
        numbering[account] = numbers
        changedAccounts.insert(account)
        return .accepted(StoredResponse(eventID: identifiers.eventID(at: position)))
    }

    /// The answer of a key that is known, or nil for one that is free. Without a fingerprint the payload broke a rule, so
    /// it cannot be the one that was accepted.
    private mutating func replay(
        _ key: IdempotencyKey,
        fingerprint: PayloadFingerprint?,
        in account: Account.ID
    ) throws(SQLiteError) -> IngestOutcome? {
        guard let entry = try ledger.entry(of: key, in: account) else { return nil }
        precondition(entry.event.account == account, "a key's entry is of the key's account")
        let payloadDiffers = fingerprint != entry.fingerprint
        newReplays.append((entry.number, payloadDiffers))
        if payloadDiffers, try numbering(of: account)?.isStrict == true {
            return .rejected(.keyReusedWithAnotherPayload)
        }
        return .replayed(
            StoredResponse(eventID: identifiers.eventID(at: entry.event)),
            payloadDiffers: payloadDiffers
        )
    }

    /// The contact that a reference names; one that is named by an address or a number is added if it is new.
    private func findOrAddContact(
        _ reference: ContactReference,
        of account: Account.ID,
        _ numbers: inout AccountRepository.Numbering
    ) throws(SQLiteError) -> Position? {
        if let known = try contacts.position(of: reference, in: account, identifiers: identifiers) { return known }
        let (email, phone): (EmailAddress?, PhoneNumber?)
        switch reference {
        case .email(let address): (email, phone) = (address, nil)
        case .phone(let number): (email, phone) = (nil, number)
        case .id: return nil
        }
        numbers.lastContact += 1
        let position = Position(account: account, number: numbers.lastContact)
        try contacts.insert(at: position, email: email, phone: phone, now: now)
        return position
    }

    private mutating func numbering(of account: Account.ID) throws(SQLiteError) -> AccountRepository.Numbering? {
        if let known = numbering[account] { return known }
        guard let stored = try accounts.numbering(of: account) else { return nil }
        // Bounded, because what is not here is read again; nothing that the open transaction changed is dropped.
        if numbering.count >= Limits.accountsInMemory, changedAccounts.isEmpty { numbering.removeAll() }
        numbering[account] = stored
        return stored
    }
}
