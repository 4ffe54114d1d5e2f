import EventModel

@testable import EventLedger

/// An event as the workload describes it.
struct EventDraft: Hashable {
    enum Contact: Hashable {
        case email(String)
        case phone(String)
        /// An id that no contact has.
        case unknown

        var reference: ContactReference {
            switch self {
            case .email(let address): .email(try! EmailAddress(address))
            case .phone(let number): .phone(try! PhoneNumber(number))
            case .unknown: .id(ContactID("cus_0000000000000000")!)
            }
        }
    }

    var account: Int64
    var key: String?
    var contact: Contact
    var type: String
    var data: String?

    var event: NewEvent {
        NewEvent(
            type: try! EventType(type),
            contact: contact.reference,
            data: data.map { try! EventData($0) },
            idempotencyKey: key.map { try! IdempotencyKey($0) }
        )
    }
}

/// A request of the workload to a store.
enum Request: Hashable {
    case ingest(EventDraft)
    /// A list of one account's events.
    case ingestMany([EventDraft])
    /// A dry run of an event, which is not stored.
    case dryRun(EventDraft)
    case createContact(account: Int64, email: String)
    case deleteContact(account: Int64, EventDraft.Contact)
    case createAccount(String)
    case createToken(account: String, number: UInt8)
    case setKeyRetention(account: String, milliseconds: Int64)
    /// Events by their numbers, some of which may not exist.
    case eraseEvents(account: Int64, [Int64])
    case expireKeys(olderThanMilliseconds: Int64)
    case settle

    /// The events to store.
    var drafts: [EventDraft] {
        switch self {
        case .ingest(let draft): [draft]
        case .ingestMany(let drafts): drafts
        default: []
        }
    }
}

/// The answer to a request, with events by their numbers.
enum Answer: Hashable {
    case accepted(Int64)
    case replayed(Int64, payloadDiffers: Bool)
    case unknownContact
    case unknownAccount
    /// A change was carried out, or refused as expected.
    case done
    /// The store could not carry it out.
    case failed(StoreError)

    var isFailure: Bool {
        if case .failed = self { true } else { false }
    }
}

extension Answer {
    init(_ result: Result<IngestOutcome, StoreError>, _ account: Int64, _ identifiers: IdentifierCodec) {
        func number(_ response: StoredResponse) -> Int64 {
            identifiers.position(of: response.eventID, in: Account.ID(rawValue: account))?.number ?? -1
        }
        switch result {
        case .success(.accepted(let response)): self = .accepted(number(response))
        case .success(.replayed(let response, let payloadDiffers)):
            self = .replayed(number(response), payloadDiffers: payloadDiffers)
        case .success(.unknownContact): self = .unknownContact
        case .success(.rejected): self = .unknownAccount
        case .failure(let error): self = .failed(error)
        }
    }
}
