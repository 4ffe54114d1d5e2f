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

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        let selectByEmail = try connection.prepare(SQL.selectContactByEmail)
        let selectByPhone = try connection.prepare(SQL.selectContactByPhone)
        let exists = try connection.prepare(SQL.contactExists)
        let select = try connection.prepare(SQL.selectContact)
        let selectPage = try connection.prepare(SQL.selectContacts)
        let countOfAccount = try connection.prepare(SQL.countContactsOfAccount)
        let insert = try connection.prepare(SQL.insertContact)
        self.selectByEmail = selectByEmail
        self.selectByPhone = selectByPhone
        self.exists = exists
        self.select = select
        self.selectPage = selectPage
        self.countOfAccount = countOfAccount
        self.insert = insert
    }

    func position(of email: EmailAddress, in account: Account.ID) throws(SQLiteError) -> Position? {
        try selectByEmail.first {
            $0.set(1, account.rawValue)
            $0.set(2, text: email.address)
        } read: { row in
            Position(rawValue: row.integer(0))
        }
    }

    func position(of phone: PhoneNumber, in account: Account.ID) throws(SQLiteError) -> Position? {
        try selectByPhone.first {
            $0.set(1, account.rawValue)
            $0.set(2, text: phone.number)
        } read: { row in
            Position(rawValue: row.integer(0))
        }
    }

    func exists(at position: Position) throws(SQLiteError) -> Bool {
        try exists.first {
            $0.set(1, position.rawValue)
        } read: { _ in
            true
        } ?? false
    }

    /// The position of the contact that a reference names, where there is one.
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

    func contact(at position: Position, identifiers: IdentifierCodec) throws(SQLiteError) -> Contact? {
        try select.first {
            $0.set(1, position.rawValue)
        } read: { row in
            ContactRepository.contact(row, identifiers)
        }
    }

    func page(
        of account: Account.ID,
        offset: Int,
        limit: Int,
        identifiers: IdentifierCodec
    ) throws(SQLiteError) -> [Contact] {
        var contacts: [Contact] = []
        try selectPage.forEach {
            $0.set(1, Position.start(of: account).rawValue)
            $0.set(2, Position.end(of: account).rawValue)
            $0.set(3, Int64(limit))
            $0.set(4, Int64(offset))
        } read: { row in
            contacts.append(ContactRepository.contact(row, identifiers))
            return true
        }
        return contacts
    }

    func count(of account: Account.ID) throws(SQLiteError) -> Int64 {
        try countOfAccount.first {
            $0.set(1, Position.start(of: account).rawValue)
            $0.set(2, Position.end(of: account).rawValue)
        } read: { row in
            row.integer(0)
        } ?? 0
    }

    private static func contact(_ row: borrowing Row, _ identifiers: IdentifierCodec) -> Contact {
        Contact(
            id: identifiers.contactID(at: Position(rawValue: row.integer(0))),
            email: row.textIfPresent(1).map(EmailAddress.init(stored:)),
            phoneNumber: row.textIfPresent(2).map(PhoneNumber.init(stored:)),
            firstName: row.textIfPresent(3),
            lastName: row.textIfPresent(4),
            tags: row.bytes(5),
            customFields: row.bytes(6),
            createdAt: Timestamp(millisecondsSinceEpoch: row.integer(7)),
            updatedAt: Timestamp(millisecondsSinceEpoch: row.integer(8))
        )
    }
}
