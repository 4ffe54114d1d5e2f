import EventModel
import Testing

@testable import EventLedger

@Suite("Taking events in")
struct IngestTests {
    @Test("an event is accepted, and reads back as it was given")
    func accepted() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let data = #"{ "b":1.0,"a":1e400, "n":1234567890123456789012345678901234567890,"u":"\u0000é" }"#
            let time = try EventTime("2024-02-29T23:59:59.123456789Z")
            let given = NewEvent(
                type: try EventType("order_placed"),
                contact: .phone(try PhoneNumber("+4915112345678")),
                time: time,
                data: try EventData(data)
            )
            let outcome = try await store.ingest(given, into: account)
            let id = try #require(outcome.eventID)
            #expect(outcome.isAccepted)
            let stored = try #require(try await store.event(id, in: account))
            #expect(stored.type.name == "order_placed")
            #expect(stored.time == time)
            #expect(stored.data?.utf8 == Array(data.utf8))
            #expect(stored.sequence == 1)
            let contact = try #require(try await store.contact(.id(stored.contact), in: account))
            #expect(contact.phoneNumber?.number == "+4915112345678")
            #expect(contact.email == nil)
        }
    }

    @Test("without a time and without data, the time is that of receipt and the data is none")
    func defaults() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let id = try #require(try await store.ingest(try event(), into: account).eventID)
            let stored = try #require(try await store.event(id, in: account))
            #expect(stored.time == EventTime(stored.receivedAt))
            #expect(stored.data == nil)
        }
    }

    @Test("without a key, the same event twice is two events")
    func withoutKey() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let first = try await store.ingest(try event(), into: account)
            let second = try await store.ingest(try event(), into: account)
            #expect(first.eventID != second.eventID)
            #expect(try await store.status().events == 2)
            #expect(try await store.status().ledgerEntries == 0)
        }
    }

    @Test("an address is matched without regard to ASCII case, and kept as it was first given")
    func contactMatching() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            _ = try await store.ingest(try event(email: "Ada@Example.com"), into: account)
            _ = try await store.ingest(try event(email: "ada@EXAMPLE.com"), into: account)
            #expect(try await store.status().contacts == 1)
            let contact = try await store.contact(.email(try EmailAddress("ADA@example.COM")), in: account)
            #expect(contact?.email?.address == "Ada@Example.com")
        }
    }

    @Test("an id must be that of a contact of the account; any other is an outcome, and the key stays free")
    func unknownContact() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            let other = try await store.createAccount("other")
            let theirs = try #require(try await store.ingest(try event(), into: other).eventID)
            let foreign = try #require(try await store.event(theirs, in: other)).contact
            let invented = try #require(ContactID("cus_0123456789abcdef"))
            for id in [foreign, invented] {
                let outcome = try await store.ingest(
                    NewEvent(
                        type: try EventType("t"),
                        contact: .id(id),
                        idempotencyKey: try IdempotencyKey("k")
                    ),
                    into: account
                )
                #expect(outcome == .unknownContact)
            }
            #expect(try await store.history(of: try IdempotencyKey("k"), in: account) == nil)
            #expect(try await store.ingest(try event(key: "k"), into: account).isAccepted)
        }
    }

    @Test("an account that does not exist is refused as a value")
    func unknownAccount() async throws {
        try await withStore { store in
            let outcome = try await store.ingest(try event(key: "k"), into: Account.ID(rawValue: 77))
            #expect(outcome == .rejected(.unknownAccount))
        }
    }

    @Test("many at once come out in their order, each with its own outcome; a bad one leaves the others alone")
    func many() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            var events = try (0..<3_000).map { try event(key: "k\($0 % 2_500)") }
            events[7].contact = .id(try #require(ContactID("cus_0123456789abcdef")))
            let results = await store.ingest(events, into: account)
            #expect(results.count == events.count)
            #expect(try results[7].get() == .unknownContact)
            #expect(try results[8].get().isAccepted)
            let repeated = try results[2_508].get()
            #expect(
                repeated
                    == .replayed(StoredResponse(eventID: try #require(results[8].get().eventID)), payloadDiffers: false)
            )
            #expect(try await store.status().events == 2_500)
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("a list of none gives none")
    func none() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            #expect(await store.ingest([], into: account).isEmpty)
        }
    }
}

extension SQLiteEventStore {
    /// Creates an account and returns its id.
    func createAccount(_ name: String, isStrict: Bool = false) async throws -> Account.ID {
        let outcome = try await perform(.createAccount(name: name, isStrict: isStrict))
        guard case .accountCreated(let account) = outcome else {
            throw StoreError.unexpected(reason: "the account was refused: \(outcome)")
        }
        return account.id
    }
}
