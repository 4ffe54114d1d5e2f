import EventModel
import SQLite

/// The table `contacts`.
struct ContactRepository: ~Copyable {
    private let selectByEmail: Statement
    private let selectByPhone: Statement
    private let exists: Statement
    private let select: Statement
    private let selectPage: Statement
    private let countOfAccount: Statement
    private let insert: Statement
    private let insertWhole: Statement
    private let update: Statement
    private let addAddress: Statement
    private let unsubscribe: Statement
    private let recordDeletion: Statement
    private let lost: Statement
    private let delete: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        let selectByEmail = try connection.prepare(SQL.selectContactByEmail)
        let selectByPhone = try connection.prepare(SQL.selectContactByPhone)
        let exists = try connection.prepare(SQL.contactExists)
        let select = try connection.prepare(SQL.selectContact)
        let selectPage = try connection.prepare(SQL.selectContacts)
        let countOfAccount = try connection.prepare(SQL.countContactsOfAccount)
        let insert = try connection.prepare(SQL.insertContact)
        let insertWhole = try connection.prepare(SQL.insertWholeContact)
        let update = try connection.prepare(SQL.updateContact)
        let addAddress = try connection.prepare(SQL.addAddressOfContact)
        let unsubscribe = try connection.prepare(SQL.unsubscribeContact)
        let recordDeletion = try connection.prepare(SQL.recordDeletionOfContact)
        let lost = try connection.prepare(SQL.selectLostContact)
        let delete = try connection.prepare(SQL.deleteContact)
        self.selectByEmail = selectByEmail
        self.selectByPhone = selectByPhone
        self.exists = exists
        self.select = select
        self.selectPage = selectPage
        self.countOfAccount = countOfAccount
        self.insert = insert
        self.insertWhole = insertWhole
        self.update = update
        self.addAddress = addAddress
        self.unsubscribe = unsubscribe
        self.recordDeletion = recordDeletion
        self.lost = lost
        self.delete = delete
    }

    func position(of email: EmailAddress, in account: Account.ID) throws(SQLiteError) -> Position? {
        try selectByEmail.first {
            $0.set(1, account.rawValue)
            $0.set(2, text: email.address)
        } read: { row throws(SQLiteError) in
            try ContactRepository.position(row, in: account)
        }
    }

    func position(of phone: PhoneNumber, in account: Account.ID) throws(SQLiteError) -> Position? {
        try selectByPhone.first {
            $0.set(1, account.rawValue)
            $0.set(2, text: phone.number)
        } read: { row throws(SQLiteError) in
            try ContactRepository.position(row, in: account)
        }
    }

    /// The position that a row of an index names, which must belong to the account.
    private static func position(_ row: borrowing Row, in account: Account.ID) throws(SQLiteError) -> Position {
        let position = Position(rawValue: row.integer(0))
        guard position.account == account, position.number > 0 else {
            throw .damage("an index of contacts names one of another account")
        }
        return position
    }

    func exists(at position: Position) throws(SQLiteError) -> Bool {
        try exists.hasRow { $0.set(1, position.rawValue) }
    }

    /// Whether a contact was made but is neither stored nor deleted, because its page is damaged.
    func isLost(at position: Position) throws(SQLiteError) -> Bool {
        try lost.hasRow { $0.set(1, position.rawValue) }
    }

    /// The position of the contact that a reference names, if there is one.
    func position(
        of reference: ContactReference,
        in account: Account.ID,
        identifiers: IdentifierCodec
    ) throws(SQLiteError) -> Position? {
        switch reference {
        case .email(let email): return try position(of: email, in: account)
        case .phone(let phone): return try position(of: phone, in: account)
        case .id(let id):
            guard let position = identifiers.position(of: id, in: account) else { return nil }
            return try exists(at: position) ? position : nil
        }
    }

    /// Adds a contact that is known by its address or its number.
    func insert(
        at position: Position,
        email: EmailAddress?,
        phone: PhoneNumber?,
        now: Timestamp
    ) throws(SQLiteError) {
        try insert.run {
            $0.set(1, position.rawValue)
            $0.set(2, text: email?.address)
            $0.set(3, text: phone?.number)
            $0.set(4, now.millisecondsSinceEpoch)
        }
    }

    /// Adds a contact with everything that is known about it.
    func insert(_ contact: NewContact, at position: Position, now: Timestamp) throws(SQLiteError) {
        try insertWhole.run {
            $0.set(1, position.rawValue)
            $0.set(2, text: contact.email?.address)
            $0.set(3, text: contact.phoneNumber?.number)
            $0.set(4, text: contact.firstName?.text)
            $0.set(5, text: contact.lastName?.text)
            $0.set(6, utf8: contact.tags.utf8)
            $0.set(7, utf8: contact.customFields.utf8)
            $0.set(8, now.millisecondsSinceEpoch)
        }
    }

    /// Writes the new values of a contact, except its address and its number.
    func update(_ contact: Contact, at position: Position) throws(SQLiteError) {
        try update.run {
            $0.set(1, position.rawValue)
            $0.set(2, text: contact.firstName)
            $0.set(3, text: contact.lastName)
            $0.set(4, utf8: contact.tags.utf8)
            $0.set(5, utf8: contact.customFields.utf8)
            $0.set(6, contact.updatedAt.millisecondsSinceEpoch)
        }
    }

    /// Writes the address and the number of a contact that had only one of them.
    func addAddress(of contact: Contact, at position: Position) throws(SQLiteError) {
        try addAddress.run {
            $0.set(1, position.rawValue)
            $0.set(2, text: contact.email?.address)
            $0.set(3, text: contact.phoneNumber?.number)
        }
    }

    /// Notes that a contact is unsubscribed; one that already was stays as it is.
    func unsubscribe(
        at position: Position,
        reason: UnsubscribeReason?,
        updatedAt: Timestamp,
        now: Timestamp
    ) throws(SQLiteError) {
        try unsubscribe.run {
            $0.set(1, position.rawValue)
            $0.set(2, now.millisecondsSinceEpoch)
            $0.set(3, text: reason?.text)
            $0.set(4, updatedAt.millisecondsSinceEpoch)
        }
    }

    /// Deletes a contact, and records that.
    func delete(at position: Position, now: Timestamp) throws(SQLiteError) {
        try recordDeletion.run {
            $0.set(1, position.rawValue)
            $0.set(2, now.millisecondsSinceEpoch)
        }
        try delete.run { $0.set(1, position.rawValue) }
    }

    func contact(at position: Position, identifiers: IdentifierCodec) throws(SQLiteError) -> Contact? {
        try select.first {
            $0.set(1, position.rawValue)
        } read: { row in
            ContactRepository.contact(row, identifiers)
        }
    }

    func page(
        of account: Account.ID,
        offset: Int64,
        limit: Int,
        passingOver gaps: ContactGaps,
        identifiers: IdentifierCodec
    ) throws(SQLiteError) -> [Contact] {
        var contacts: [Contact] = []
        try selectPage.forEach {
            $0.set(1, Position.start(of: account).rawValue)
            $0.set(2, Position.end(of: account).rawValue)
            $0.set(3, Int64(limit))
            $0.set(4, gaps.number(after: offset))
        } read: { row in
            contacts.append(ContactRepository.contact(row, identifiers))
            return true
        }
        return contacts
    }

    func count(of account: Account.ID, passingOver gaps: ContactGaps) throws(SQLiteError) -> Int64 {
        try countOfAccount.first {
            $0.set(1, account.rawValue)
            $0.set(2, Position.start(of: account).rawValue)
            $0.set(3, Position.end(of: account).rawValue)
        } read: { row in
            // A damaged file may hold any highest number, and the number of pages is computed from this.
            max(0, row.integer(0).clamped(to: 0...Limits.sequencePerAccount) - gaps.count)
        } ?? 0
    }

    private static func contact(_ row: borrowing Row, _ identifiers: IdentifierCodec) -> Contact {
        Contact(
            id: identifiers.contactID(at: Position(rawValue: row.integer(0))),
            email: row.textIfPresent(1).map(EmailAddress.init(stored:)),
            phoneNumber: row.textIfPresent(2).map(PhoneNumber.init(stored:)),
            firstName: row.textIfPresent(3),
            lastName: row.textIfPresent(4),
            tags: ContactTags(stored: row.bytes(5)),
            customFields: CustomFields(stored: row.bytes(6)),
            unsubscribedAt: row.integerIfPresent(9).map(Timestamp.init(millisecondsSinceEpoch:)),
            unsubscribeReason: row.textIfPresent(10).map(UnsubscribeReason.init(stored:)),
            createdAt: Timestamp(millisecondsSinceEpoch: row.integer(7)),
            updatedAt: Timestamp(millisecondsSinceEpoch: row.integer(8))
        )
    }
}
