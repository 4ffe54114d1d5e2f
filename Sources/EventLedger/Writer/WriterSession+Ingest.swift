import EventModel
import SQLite

extension WriterSession {
    /// Runs one command in the open transaction.
    mutating func execute(_ command: WriterCommand) throws(SQLiteError) -> WriterCommand.Outcome {
        switch command {
        case .ingest(let event, let account, _):
            return .ingest(try ingest(event, into: account))
        case .ingestMany(let events, let account, _):
            var outcomes: [IngestOutcome] = []
            outcomes.reserveCapacity(events.count)
            for (index, event) in events.enumerated() {
                lookAhead(from: index, events) { $0 }
                outcomes.append(try ingest(event, into: account))
            }
            return .ingestMany(outcomes)
        case .dryRun(let event, let account, _):
            return .dryRun(try dryRun(event, into: account))
        case .replay(let key, let hash, let account, let isDryRun, _):
            guard try enter(account) else { return .replay(nil) }
            if isDryRun { return .replay(try dryReplay(key, hash, in: account)) }
            return .replay(try replay(key, hash, payload: nil, in: account))
        case .find(let key, let hash, let account, _):
            guard try enter(account) else { return .find(nil) }
            return .find(try entry(of: key, hash, in: account)?.number)
        case .contact(let change, let account, _):
            return .contact(try perform(change, of: account))
        case .change(let change, _):
            return .change(try perform(change))
        case .settle:
            return .settle
        }
    }

    /// Takes an event in: ledger, contact, event, ledger entry.
    mutating func ingest(
        _ event: PreparedEvent,
        into account: Account.ID
    ) throws(SQLiteError) -> IngestOutcome {
        guard try enter(account), let numbering = current?.numbering else { return .rejected(.unknownAccount) }
        if let key = event.key,
            let known = try replay(key.key, key.hash, payload: event, in: account)
        {
            return known
        }
        guard numbering.lastEvent < Limits.sequencePerAccount, numbering.lastContact < Limits.sequencePerAccount else {
            return .rejected(.accountFull)
        }
        guard let contact = try findOrAddContact(event, of: account) else { return .unknownContact }

        let position = Position(account: account, number: numbering.lastEvent + 1)
        try events.insert(event.event, at: position, contact: contact, receivedAt: now)
        if let key = event.key {
            // Never a time at which the account's keys have already expired, whatever the clock says.
            let acceptedAt = max(now, numbering.keysLiveSince ?? now)
            let entry = try ledger.admit(
                key.key,
                hash: key.hash,
                event: position,
                fingerprint: key.fingerprint,
                at: acceptedAt
            )
            current?.numbering.lastEntry = entry
        }
        current?.numbering.lastEvent = position.number
        current?.isChanged = true
        newEvents += 1
        return .accepted(StoredResponse(eventID: identifiers.eventID(at: position)))
    }

    /// The answer of a key that is known, or nil if it is free. No payload means that it broke a rule, so it cannot be
    /// the one that was accepted.
    mutating func replay(
        _ key: IdempotencyKey,
        _ hash: KeyHash,
        payload: PreparedEvent?,
        in account: Account.ID
    ) throws(SQLiteError) -> IngestOutcome? {
        guard let entry = try entry(of: key, hash, in: account) else { return nil }
        precondition(entry.event.account == account, "a key's entry is of the key's account")
        let payloadDiffers = payload?.key?.fingerprint != entry.fingerprint
        newReplays.append((entry.number, payloadDiffers))
        if payloadDiffers, let payload {
            newMismatches.append(.init(entry: entry.number, event: entry.event, payload: payload))
        }
        if payloadDiffers, current?.numbering.isStrict == true {
            return .rejected(.keyReusedWithAnotherPayload)
        }
        return .replayed(
            StoredResponse(eventID: identifiers.eventID(at: entry.event)),
            payloadDiffers: payloadDiffers
        )
    }

    private func entry(
        of key: IdempotencyKey,
        _ hash: KeyHash,
        in account: Account.ID
    ) throws(SQLiteError) -> IdempotencyLedger.Entry? {
        try ledger.entry(of: key, hash: hash, in: account, oldestLive: current?.numbering.oldestLive(at: now))
    }

    /// The contact that an event names; a new one that is named by an address or a number is added.
    private mutating func findOrAddContact(
        _ event: PreparedEvent,
        of account: Account.ID
    ) throws(SQLiteError) -> Position? {
        if let known = contactCache.position(of: event.contact) { return known }
        let reference = event.event.contact
        if let known = try contacts.position(of: reference, in: account, identifiers: identifiers) {
            contactCache.insert(known, for: event.contact)
            return known
        }
        let (email, phone): (EmailAddress?, PhoneNumber?)
        switch reference {
        case .email(let address): (email, phone) = (address, nil)
        case .phone(let number): (email, phone) = (nil, number)
        case .id: return nil
        }
        guard let number = current.map({ $0.numbering.lastContact + 1 }) else { return nil }
        let position = Position(account: account, number: number)
        try contacts.insert(at: position, email: email, phone: phone, now: now)
        current?.numbering.lastContact = number
        current?.isChanged = true
        contactCache.insert(position, for: event.contact)
        hasNewContacts = true
        return position
    }
}
