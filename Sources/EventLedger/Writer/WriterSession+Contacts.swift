import EventModel
import SQLite

extension WriterSession {
    /// Changes an account's contacts in the open transaction.
    mutating func perform(
        _ change: ContactChange,
        of account: Account.ID
    ) throws(SQLiteError) -> ContactChange.Outcome {
        guard try enter(account) else { return .rejected(.unknownAccount) }
        // An event of this transaction may find a contact that is not committed yet, and put it into the cache.
        hasNewContacts = true
        switch change {
        case .create(let contact): return try create(contact, in: account)
        case .update(let reference, let update): return try self.update(reference, update, in: account)
        case .unsubscribe(let reference, let reason): return try unsubscribe(reference, reason, in: account)
        case .delete(let reference): return try delete(reference, in: account)
        }
    }

    private mutating func create(
        _ contact: NewContact,
        in account: Account.ID
    ) throws(SQLiteError) -> ContactChange.Outcome {
        let taken = try holders(of: contact.email, contact.phoneNumber, in: account)
        guard taken.isEmpty else { return .taken(taken) }
        guard let last = current?.numbering.lastContact, last < Limits.sequencePerAccount else {
            return .rejected(.accountFull)
        }
        let position = Position(account: account, number: last + 1)
        try contacts.insert(contact, at: position, now: now)
        current?.numbering.lastContact = position.number
        current?.isChanged = true
        return .created(try storedContact(at: position))
    }

    private func update(
        _ reference: ContactReference,
        _ update: ContactUpdate,
        in account: Account.ID
    ) throws(SQLiteError) -> ContactChange.Outcome {
        guard let position = try contacts.position(of: reference, in: account, identifiers: identifiers) else {
            return .unknownContact
        }
        var contact = try storedContact(at: position)
        let unchangeable = contact.unchangeable(by: update)
        guard unchangeable.isEmpty else { return .unchangeable(unchangeable) }
        let (email, phone) = contact.added(by: update)
        let taken = try holders(of: email, phone, in: account)
        guard taken.isEmpty else { return .taken(taken) }
        contact.apply(update, at: now)
        if email != nil || phone != nil { try contacts.addAddress(of: contact, at: position) }
        try contacts.update(contact, at: position)
        return .changed(contact)
    }

    private func unsubscribe(
        _ reference: ContactReference,
        _ reason: UnsubscribeReason?,
        in account: Account.ID
    ) throws(SQLiteError) -> ContactChange.Outcome {
        guard let position = try contacts.position(of: reference, in: account, identifiers: identifiers) else {
            return .unknownContact
        }
        let updatedAt = max(now, try storedContact(at: position).updatedAt)
        try contacts.unsubscribe(at: position, reason: reason, updatedAt: updatedAt, now: now)
        return .changed(try storedContact(at: position))
    }

    private mutating func delete(
        _ reference: ContactReference,
        in account: Account.ID
    ) throws(SQLiteError) -> ContactChange.Outcome {
        guard let position = try contacts.position(of: reference, in: account, identifiers: identifiers) else {
            return .unknownContact
        }
        let contact = try storedContact(at: position)
        try overwriting { session throws(SQLiteError) in
            try session.contacts.delete(at: position, now: session.now)
        }
        // If the transaction is rolled back, the contact is looked up once more, and that is all.
        for name in contact.references { contactCache.remove(hashers.contacts.hash(name, in: account)) }
        return .deleted(contact)
    }

    private func storedContact(at position: Position) throws(SQLiteError) -> Contact {
        guard let contact = try contacts.contact(at: position, identifiers: identifiers) else {
            // The position was found a moment ago, in this transaction, through an index.
            throw .damage("an index of contacts names one that is not there")
        }
        return contact
    }

    /// The contacts that already have an address or a number.
    private func holders(
        of email: EmailAddress?,
        _ phone: PhoneNumber?,
        in account: Account.ID
    ) throws(SQLiteError) -> [ContactChange.Taken] {
        var holders: [ContactChange.Taken] = []
        if let email, let position = try contacts.position(of: email, in: account) {
            holders.append(.init(address: .email, contact: identifiers.contactID(at: position)))
        }
        if let phone, let position = try contacts.position(of: phone, in: account) {
            holders.append(.init(address: .phoneNumber, contact: identifiers.contactID(at: position)))
        }
        return holders
    }
}

extension Contact {
    /// Every way to name the contact.
    fileprivate var references: [ContactReference] {
        [.id(id)] + (email.map { [.email($0)] } ?? []) + (phoneNumber.map { [.phone($0)] } ?? [])
    }

    /// What an update would change that must never change. The same address in different case is no change.
    fileprivate func unchangeable(by update: ContactUpdate) -> [ContactChange.Address] {
        var unchangeable: [ContactChange.Address] = []
        if let email, let new = update.email, new.folded != email.folded { unchangeable.append(.email) }
        if let phoneNumber, let new = update.phoneNumber, new != phoneNumber { unchangeable.append(.phoneNumber) }
        return unchangeable
    }

    /// What an update adds that the contact does not have yet.
    fileprivate func added(by update: ContactUpdate) -> (EmailAddress?, PhoneNumber?) {
        (email == nil ? update.email : nil, phoneNumber == nil ? update.phoneNumber : nil)
    }

    fileprivate mutating func apply(_ update: ContactUpdate, at now: Timestamp) {
        email = email ?? update.email
        phoneNumber = phoneNumber ?? update.phoneNumber
        firstName = update.firstName.applied(to: firstName)
        lastName = update.lastName.applied(to: lastName)
        tags = update.tags ?? tags
        customFields = update.customFields ?? customFields
        // Whatever the clock does, a contact's times do not go back.
        updatedAt = max(now, updatedAt)
    }
}

extension ContactUpdate.Edit<ContactName> {
    fileprivate func applied(to name: String?) -> String? {
        switch self {
        case .keep: name
        case .remove: nil
        case .set(let new): new.text
        }
    }
}
