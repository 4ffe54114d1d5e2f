import EventLedger
import Testing

/// What every store promises about contacts and dry runs, tested only through the protocol.
@Suite("Every store's contacts") struct ContactPromiseTests {
    private static let ada = try! ContactReference.email(EmailAddress("ada@example.com"))

    private static func creation(_ email: String) throws -> ContactChange {
        .create(try NewContact(email: try EmailAddress(email), phoneNumber: nil))
    }

    @Test("an address is one contact, whoever names it first and in whichever case", arguments: StoreUnderTest.allCases)
    func oneContact(kind: StoreUnderTest) async throws {
        try await kind.inTurn({ (store, account) async throws -> Void in
            let creation = try ContactPromiseTests.creation("ada@example.com")
            let given = try event(email: "ADA@example.com")
            let outcomes = try await withThrowingTaskGroup(of: ContactChange.Outcome?.self) { group in
                for _ in 0..<10 {
                    group.addTask { try await store.perform(creation, in: account) }
                    group.addTask {
                        _ = try await store.ingest(given, into: account)
                        return nil
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
            }
            let contact = try #require(try await store.contact(ContactPromiseTests.ada, in: account))
            let page = try await store.contacts(in: account, offset: 0, limit: 10)
            #expect(page.contacts == [contact])
            #expect(page.totalCount == 1)
            #expect(Set(try await store.feed(of: account).map(\.contact)) == [contact.id])
            let created = outcomes.count { if case .created = $0 { true } else { false } }
            #expect(created <= 1)
        })
    }

    @Test("a deleted contact is gone and its events are not, also after reopening", arguments: StoreUnderTest.allCases)
    func deleted(kind: StoreUnderTest) async throws {
        try await kind.inTurn(
            { (store, account) async throws -> Void in
                _ = try await store.ingest(try event("before", key: "k"), into: account)
                guard case .deleted = try await store.perform(.delete(ContactPromiseTests.ada), in: account) else {
                    Issue.record("the contact is there")
                    return
                }
                #expect(try await store.contact(ContactPromiseTests.ada, in: account) == nil)
            },
            { (store, account) async throws -> Void in
                let old = try #require(try await store.feed(of: account).first).contact
                #expect(try await store.contact(.id(old), in: account) == nil)
                let byID = NewEvent(type: try EventType("t"), contact: .id(old))
                #expect(try await store.ingest(byID, into: account) == .unknownContact)
                #expect(try await store.ingest(try event("before", key: "k"), into: account).replayedID != nil)
                _ = try await store.ingest(try event("after"), into: account)
                let feed = try await store.feed(of: account)
                #expect(feed.map(\.type.name) == ["before", "after"])
                #expect(feed[0].contact == old)
                #expect(feed[1].contact != old)
                #expect(try await store.verify().isEmpty)
            }
        )
    }

    @Test("a change is there when the store is opened again", arguments: StoreUnderTest.allCases)
    func changed(kind: StoreUnderTest) async throws {
        try await kind.inTurn(
            { (store, account) async throws -> Void in
                _ = try await store.perform(try ContactPromiseTests.creation("ada@example.com"), in: account)
                let update = ContactUpdate(
                    phoneNumber: try PhoneNumber("+4912345"),
                    firstName: .set(try ContactName("Ada")),
                    tags: try ContactTags(["vip"]),
                    customFields: try CustomFields(#"{"n":1.0}"#)
                )
                _ = try await store.perform(.update(ContactPromiseTests.ada, update), in: account)
                let reason = try UnsubscribeReason("asked")
                _ = try await store.perform(.unsubscribe(ContactPromiseTests.ada, reason: reason), in: account)
            },
            { (store, account) async throws -> Void in
                let contact = try #require(
                    try await store.contact(.phone(try PhoneNumber("+4912345")), in: account)
                )
                #expect(contact.firstName == "Ada")
                #expect(contact.tags.tags == ["vip"])
                #expect(contact.customFields.description == #"{"n":1.0}"#)
                #expect(contact.unsubscribedAt != nil)
                #expect(contact.unsubscribeReason?.text == "asked")
            }
        )
    }

    @Test("a dry run tells what comes next and leaves nothing", arguments: StoreUnderTest.allCases)
    func dryRun(kind: StoreUnderTest) async throws {
        try await kind.inTurn({ (store, account) async throws -> Void in
            let given = try event(key: "k")
            for _ in 0..<3 {
                #expect(try await store.dryRun(given, into: account) == .accepted(contact: .new))
            }
            #expect(try await store.contact(ContactPromiseTests.ada, in: account) == nil)
            let id = try #require(try await store.ingest(given, into: account).acceptedID)
            guard case .replayed(let stored, payloadDiffers: false) = try await store.dryRun(given, into: account)
            else {
                Issue.record("the key is known")
                return
            }
            #expect(stored.eventID == id)
            #expect(try await store.history(of: try IdempotencyKey("k"), in: account)?.replays == 0)
            #expect(try await store.feed(of: account).map(\.id) == [id])
            #expect(try await store.verify().isEmpty)
        })
    }
}
