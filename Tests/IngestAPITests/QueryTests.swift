import EventModel
import IngestAPI
import Testing

/// The names and values of a query that needs no decoding: `a=1&b=2`.
private func items(_ query: String) -> [(name: String, value: String)] {
    query.split(separator: "&").map { item in
        let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count == 2 ? String(parts[1]) : "")
    }
}

/// The fields that a validation error lists.
private func fields(_ error: APIError?) -> [String] {
    guard case .validationFailed(let faults) = error else { return [] }
    return faults.map(\.field)
}

@Suite("The query of the feed")
struct FeedQueryTests {
    @Test(
        "asks for the first 100 events where it says nothing, whatever else it says",
        arguments: ["", "x=1&x=2", "Limit=x"]
    )
    func defaults(query: String) throws {
        let query = try FeedQuery(items(query))
        #expect(query.cursor == nil)
        #expect(query.limit == 100)
        #expect(query.filter == EventFilter())
    }

    @Test("asks for a page after a cursor, and for a type and a contact")
    func everything() throws {
        let cursor = "507f1f77bcf86cd799439011"
        let query = try FeedQuery(items("after=\(cursor)&limit=7&event_type=a-b&contact=a@b"))
        #expect(query.cursor?.description == cursor)
        #expect(query.limit == 7)
        #expect(try query.filter == EventFilter(type: EventType("a-b"), contact: .email(EmailAddress("a@b"))))
    }

    @Test("names a contact by id, address or number")
    func contacts() throws {
        #expect(try FeedQuery(items("contact=+14155552671")).filter.contact == .phone(PhoneNumber("+14155552671")))
        let id = try #require(ContactID("cus_0123456789abcdef"))
        #expect(try FeedQuery(items("contact=cus_0123456789abcdef")).filter.contact == .id(id))
        // This is an address, not an id.
        #expect(try FeedQuery(items("contact=cus_a@b")).filter.contact == .email(EmailAddress("cus_a@b")))
        // An address may begin as a number does.
        #expect(try FeedQuery(items("contact=+tag@b")).filter.contact == .email(EmailAddress("+tag@b")))
    }

    @Test("asks for 1 to 1,000 events", arguments: [("1", 1), ("1000", 1_000), ("010", 10)])
    func limits(text: String, limit: Int) throws {
        #expect(try FeedQuery(items("limit=\(text)")).limit == limit)
    }

    @Test(
        "is refused with every parameter that is at fault",
        arguments: [
            ("limit=0", ["limit"]), ("limit=1001", ["limit"]), ("limit=", ["limit"]), ("limit", ["limit"]),
            ("limit=-1", ["limit"]), ("limit=+5", ["limit"]), ("limit=1.0", ["limit"]), ("limit=1e2", ["limit"]),
            ("limit=99999999999999999999", ["limit"]), ("limit=５", ["limit"]), ("after=", ["after"]),
            ("after=x", ["after"]),
            ("after=507F1F77BCF86CD799439011", ["after"]), ("event_type=", ["event_type"]),
            ("event_type=a b", ["event_type"]),
            ("contact=", ["contact"]), ("contact=x", ["contact"]), ("contact=+0", ["contact"]),
            ("contact=@", ["contact"]),
            ("contact=cus_1", ["contact"]), ("limit=1&limit=1", ["limit"]), ("after=x&limit=x", ["after", "limit"]),
            ("contact=a@b&contact=a@b&event_type=&limit=0&after=", ["after", "limit", "event_type", "contact"]),
        ]
    )
    func faults(query: String, names: [String]) {
        let error = #expect(throws: APIError.self) { try FeedQuery(items(query)) }
        #expect(fields(error) == names)
    }
}

@Suite("The query of the contacts")
struct ContactQueryTests {
    @Test("asks for the first 25 contacts where it says nothing")
    func defaults() throws {
        let query = try ContactQuery(items("x=1"))
        #expect((query.page, query.perPage, query.offset) == (1, 25, 0))
        #expect(query.email == nil && query.phoneNumber == nil)
    }

    @Test("asks for a page, an address and a number")
    func everything() throws {
        let query = try ContactQuery(items("email=a@b&phone_number=+14155552671&page=3&per_page=100"))
        #expect(try query.email == EmailAddress("a@b"))
        #expect(try query.phoneNumber == PhoneNumber("+14155552671"))
        #expect((query.page, query.perPage, query.offset) == (3, 100, 200))
    }

    @Test("never asks for more than can be counted")
    func lastPage() throws {
        let query = try ContactQuery(items("page=\(Limits.sequencePerAccount)&per_page=100"))
        #expect(query.offset == (Int(Limits.sequencePerAccount) - 1) * 100)
    }

    @Test(
        "is refused with every parameter that is at fault",
        arguments: [
            ("page=0", ["page"]), ("page=x", ["page"]), ("page=9223372036854775807", ["page"]),
            ("per_page=0", ["per_page"]),
            ("per_page=101", ["per_page"]), ("email=a", ["email"]), ("phone_number=1", ["phone_number"]),
            ("page=1&page=2", ["page"]),
            ("page=0&per_page=0&email=&phone_number=", ["email", "phone_number", "page", "per_page"]),
        ]
    )
    func faults(query: String, names: [String]) {
        let error = #expect(throws: APIError.self) { try ContactQuery(items(query)) }
        #expect(fields(error) == names)
    }
}
