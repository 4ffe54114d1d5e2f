import EventModel
import SQLite
import Testing

@testable import EventLedger

@Suite("Changing contacts")
struct ContactChangeTests {
    private let ada = try! ContactReference.email(EmailAddress("ada@example.com"))

    private func new(_ email: String?, phone: String? = nil, name: String? = nil) throws -> ContactChange {
        .create(
            try NewContact(
                email: try email.map { try EmailAddress($0) },
                phoneNumber: try phone.map { try PhoneNumber($0) },
                firstName: try name.map { try ContactName($0) }
            )
        )
    }

    @Test("a contact that was created is found like one that an event made, and events find it")
    func create() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let outcome = try await store.perform(
                try new("Ada@Example.com", phone: "+4912345", name: "Ada"),
                in: account
            )
            let contact = try #require(outcome.contact)
            #expect(contact.firstName == "Ada")
            #expect(contact.email?.address == "Ada@Example.com")
            #expect(try await store.contact(ada, in: account) == contact)
            #expect(try await store.contact(.id(contact.id), in: account) == contact)
            _ = try await store.ingest(try event(email: "ADA@example.com"), into: account)
            let byPhone = NewEvent(type: try EventType("t"), contact: .phone(try PhoneNumber("+4912345")))
            _ = try await store.ingest(byPhone, into: account)
            let events = try await store.events(in: account).events
            #expect(events.map(\.contact) == [contact.id, contact.id])
            #expect(try await store.contacts(in: account, offset: 0, limit: 10).totalCount == 1)
        }
    }

    @Test("an address or a number belongs to one contact, which is named, whoever made it")
    func conflict() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            _ = try await store.ingest(try event(), into: account)
            let first = try #require(try await store.contact(ada, in: account))
            let second = try #require(
                try await store.perform(try new("b@example.com", phone: "+4912345"), in: account).contact
            )
            #expect(
                try await store.perform(try new("ADA@example.com", phone: "+4912345"), in: account)
                    == .taken([
                        .init(address: .email, contact: first.id), .init(address: .phoneNumber, contact: second.id),
                    ])
            )
            // The number was not given out, so its absence is not noticed.
            let third = try await store.perform(try new(nil, phone: "+4967890"), in: account)
            #expect(third.contact?.phoneNumber?.number == "+4967890")
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("an update changes what it names and keeps the rest; an address is added and never changed")
    func update() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let made = try #require(
                try await store.perform(try new("ada@example.com", name: "Ada"), in: account).contact
            )
            let phone = try PhoneNumber("+4912345")
            let update = ContactUpdate(
                phoneNumber: phone,
                lastName: .set(try ContactName("Lovelace")),
                tags: try ContactTags(["vip"])
            )
            let changed = try #require(try await store.perform(.update(ada, update), in: account).contact)
            #expect(changed.firstName == "Ada")
            #expect(changed.lastName == "Lovelace")
            #expect(changed.tags.tags == ["vip"])
            #expect(changed.createdAt == made.createdAt)
            #expect(changed.updatedAt >= made.updatedAt)
            #expect(try await store.contact(.phone(phone), in: account) == changed)

            let removal = ContactUpdate(firstName: .remove, customFields: try CustomFields(#"{"a":1}"#))
            let removed = try #require(try await store.perform(.update(.id(made.id), removal), in: account).contact)
            #expect(removed.firstName == nil)
            #expect(removed.lastName == "Lovelace")
            #expect(try await store.contact(ada, in: account) == removed)

            let other = ContactUpdate(email: try EmailAddress("b@example.com"), phoneNumber: try PhoneNumber("+4999"))
            #expect(try await store.perform(.update(ada, other), in: account) == .unchangeable([.email, .phoneNumber]))
            let same = ContactUpdate(email: try EmailAddress("ADA@example.com"))
            #expect(
                try await store.perform(.update(ada, same), in: account).contact?.email?.address == "ada@example.com"
            )
            _ = try await store.perform(try new(nil, phone: "+4967890"), in: account)
            let taking = ContactUpdate(email: try EmailAddress("ADA@EXAMPLE.COM"))
            #expect(
                try await store.perform(.update(.phone(try PhoneNumber("+4967890")), taking), in: account)
                    == .taken([.init(address: .email, contact: made.id)])
            )
        }
    }

    @Test("a contact is unsubscribed once, with the reason that was given then")
    func unsubscribe() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            _ = try await store.ingest(try event(), into: account)
            let reason = try UnsubscribeReason("asked")
            let first = try #require(try await store.perform(.unsubscribe(ada, reason: reason), in: account).contact)
            #expect(first.unsubscribedAt != nil)
            #expect(first.unsubscribeReason == reason)
            let again = try await store.perform(.unsubscribe(ada, reason: nil), in: account).contact
            #expect(again == first)
            #expect(try await store.ingest(try event(), into: account).isAccepted)
        }
    }

    @Test("a deleted contact is gone, its events keep their place, and its address makes a new contact")
    func delete() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let byID: @Sendable (ContactID) throws -> NewEvent = { id in
                NewEvent(type: try EventType("t"), contact: .id(id))
            }
            _ = try await store.ingest(try event(key: "k"), into: account)
            let contact = try #require(try await store.contact(ada, in: account))
            // By now every way to name it is in memory.
            #expect(try await store.ingest(byID(contact.id), into: account).isAccepted)
            #expect(try await store.perform(.delete(ada), in: account) == .deleted(contact))

            #expect(try await store.contact(ada, in: account) == nil)
            #expect(try await store.contact(.id(contact.id), in: account) == nil)
            #expect(try await store.contacts(in: account, offset: 0, limit: 10).totalCount == 0)
            #expect(try await store.ingest(byID(contact.id), into: account) == .unknownContact)
            #expect(try await store.events(in: account).events.map(\.contact) == [contact.id, contact.id])
            guard case .replayed(_, payloadDiffers: false) = try await store.ingest(try event(key: "k"), into: account)
            else {
                Issue.record("the key of a deleted contact's event must answer")
                return
            }
            for change in [ContactChange.delete(ada), .update(ada, ContactUpdate(firstName: .remove))] {
                #expect(try await store.perform(change, in: account) == .unknownContact)
            }
            #expect(try await store.ingest(try event(), into: account).isAccepted)
            let second = try #require(try await store.contact(ada, in: account))
            #expect(second.id != contact.id)
            #expect(try await store.verify().isEmpty)
        }
        // Also after everything was read back from disk.
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let made = try await store.perform(try new("new@example.com"), in: account).contact
            #expect(made != nil)
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test(
        "contacts are listed in the order in which they came, on pages of any size, and without those that were deleted"
    )
    func pages() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            _ = try await store.perform(.createAccount(name: "other", isStrict: false))
            let other = try #require(try await store.account(named: "other")).id
            var names = (1...12).map { "c\($0)@example.com" }
            for name in names { _ = try await store.ingest(try event(email: name), into: account) }
            for name in names.prefix(3) { _ = try await store.ingest(try event(email: name), into: other) }
            for deleted in [nil, 12, 1, 2, 7, 6, 9] as [Int?] {
                if let deleted {
                    let name = "c\(deleted)@example.com"
                    _ = try await store.perform(.delete(.email(try EmailAddress(name))), in: account)
                    names.removeAll { $0 == name }
                }
                for offset in [0, 1, 2, 3, 5, 6, 8, 11, 12, 13, .max] {
                    for limit in [1, 2, 5, 100] {
                        let page = try await store.contacts(in: account, offset: offset, limit: limit)
                        #expect(
                            page.contacts.compactMap(\.email?.address)
                                == names.dropFirst(offset).prefix(limit).map { $0 }
                        )
                        #expect(page.totalCount == names.count)
                    }
                }
            }
            let page = try await store.contacts(in: other, offset: 1, limit: 5)
            #expect(page.totalCount == 3 && page.contacts.count == 2)
        }
    }

    @Test("of any number of creations and ingests at once that name one address, one makes the contact")
    func race() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            for round in 0..<20 {
                let address = "r\(round)@example.com"
                let change = try new(address)
                let given = try event(email: address)
                let outcomes = try await withThrowingTaskGroup(of: ContactChange.Outcome?.self) { group in
                    for _ in 0..<4 {
                        group.addTask { try await store.perform(change, in: account) }
                        group.addTask {
                            _ = try await store.ingest(given, into: account)
                            return nil
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
                }
                let created = outcomes.compactMap(\.contact)
                #expect(created.count <= 1)
                let contact = try #require(try await store.contact(.email(try EmailAddress(address)), in: account))
                let taken = ContactChange.Outcome.taken([.init(address: .email, contact: contact.id)])
                #expect(outcomes.allSatisfy { $0.contact != nil || $0 == taken })
            }
            #expect(try await store.contacts(in: account, offset: 0, limit: 1).totalCount == 20)
            let events = try await store.events(in: account, limit: 100).events
            #expect(Set(events.map(\.contact)).count == 20)
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("nothing of another account is seen, nor changed")
    func accounts() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            _ = try await store.perform(.createAccount(name: "other", isStrict: false))
            let other = try #require(try await store.account(named: "other")).id
            let contact = try #require(try await store.perform(try new("ada@example.com"), in: account).contact)
            for reference in [ada, .id(contact.id)] {
                #expect(try await store.perform(.delete(reference), in: other) == .unknownContact)
                #expect(try await store.perform(.unsubscribe(reference, reason: nil), in: other) == .unknownContact)
            }
            #expect(try await store.perform(try new("ada@example.com"), in: other).contact != nil)
            let none = Account.ID(rawValue: 99)
            #expect(try await store.perform(.delete(ada), in: none) == .rejected(.unknownAccount))
            #expect(
                try await store.perform(.changeContact(account: "none", .delete(ada))) == .refused(.unknownAccount)
            )
            let deleted = try await store.perform(.changeContact(account: "other", .delete(ada)))
            guard case .contact(.deleted) = deleted else {
                Issue.record("\(deleted)")
                return
            }
            #expect(try await store.contact(ada, in: account) == contact)
        }
    }
}

extension ContactChange.Outcome {
    /// The contact that was created or changed.
    fileprivate var contact: Contact? {
        switch self {
        case .created(let contact), .changed(let contact): contact
        default: nil
        }
    }
}
