import EventModel
import IngestAPI

/// The queries of `GET /v1/events` and `GET /v1/contacts`. An input is a query, `name=value&name=value`.
enum QueryCheck {
    static func check(_ input: UnsafeRawBufferPointer) throws(Finding) -> Verdict {
        let items = items(String(decoding: input, as: UTF8.self))
        let isFeed = try checkFeed(items)
        let isContacts = try checkContacts(items)
        return isFeed && isContacts ? .taken : .refused
    }

    /// The names and values of a query, or a form, without percent-encoding.
    static func items(_ text: String) -> [(name: String, value: String)] {
        text.unicodeScalars.split(separator: "&").map { item in
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(pair[0]), pair.count > 1 ? String(pair[1]) : "")
        }
    }

    private static func checkFeed(_ items: [(name: String, value: String)]) throws(Finding) -> Bool {
        let faulty = [
            isFaulty("after", items) { FeedCursor($0) != nil },
            isFaulty("limit", items) { isNumber($0, in: 1...1_000) },
            isFaulty("event_type", items, ReferenceFields.isType),
            isFaulty("contact", items) {
                ReferenceFields.isPhone($0) || ReferenceFields.isEmail($0) || ReferenceFields.isContactID($0)
            },
        ]
        let query: FeedQuery
        do throws(APIError) {
            query = try FeedQuery(items)
        } catch {
            try expectFaults(error, faulty.compactMap { $0 })
            return false
        }
        try expectNone(faulty.compactMap { $0 })
        try expectSame(query.cursor?.description, value("after", items), "the cursor")
        try expectSame(query.limit, value("limit", items).flatMap { Int($0) } ?? 100, "the limit")
        try expectSame(query.filter.type?.name, value("event_type", items), "the type")
        let contact: String? =
            switch query.filter.contact {
            case .email(let email)?: email.address
            case .phone(let phone)?: phone.number
            case .id(let id)?: id.description
            case nil: nil
            }
        try expectSame(contact, value("contact", items), "the contact")
        return true
    }

    private static func checkContacts(_ items: [(name: String, value: String)]) throws(Finding) -> Bool {
        let faulty = [
            isFaulty("email", items, ReferenceFields.isEmail),
            isFaulty("phone_number", items, ReferenceFields.isPhone),
            isFaulty("page", items) { isNumber($0, in: 1...1_099_511_627_775) },
            isFaulty("per_page", items) { isNumber($0, in: 1...100) },
        ]
        let query: ContactQuery
        do throws(APIError) {
            query = try ContactQuery(items)
        } catch {
            try expectFaults(error, faulty.compactMap { $0 })
            return false
        }
        try expectNone(faulty.compactMap { $0 })
        try expectSame(query.email?.address, value("email", items), "the address")
        try expectSame(query.phoneNumber?.number, value("phone_number", items), "the number")
        try expect((1...100).contains(query.perPage) && query.offset >= 0, "an offset of \(query.offset)")
        return true
    }

    // MARK: Parts

    private static func values(_ name: String, _ items: [(name: String, value: String)]) -> [String] {
        items.filter { $0.name.utf8.elementsEqual(name.utf8) }.map(\.value)
    }

    private static func value(_ name: String, _ items: [(name: String, value: String)]) -> String? {
        values(name, items).first
    }

    /// The name if it is given more than once, or with an invalid value.
    private static func isFaulty(
        _ name: String,
        _ items: [(name: String, value: String)],
        _ isGood: (String) -> Bool
    ) -> String? {
        let values = values(name, items)
        return values.count > 1 || !values.allSatisfy(isGood) ? name : nil
    }

    private static func isNumber(_ text: String, in range: ClosedRange<Int>) -> Bool {
        let digits = text.drop { $0 == "0" }
        return text.utf8.allSatisfy { (0x30...0x39).contains($0) } && digits.count < 19
            && Int(digits).map(range.contains) == true
    }

    private static func expectNone(_ faulty: [String]) throws(Finding) {
        try expect(faulty.isEmpty, "takes a query with faults in \(faulty)")
    }

    private static func expectFaults(_ error: APIError, _ faulty: [String]) throws(Finding) {
        guard case .validationFailed(let faults) = error else { throw Finding("a query is answered with \(error)") }
        try expectSame(faults.map(\.field), faulty, "the parameters at fault")
    }
}
