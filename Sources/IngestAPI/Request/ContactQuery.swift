package import EventModel

/// The query of `GET /v1/contacts`: which page of the contacts is wanted.
package struct ContactQuery: Sendable, Hashable {
    /// Only the contact with this address.
    package var email: EmailAddress?
    /// Only the contact with this number.
    package var phoneNumber: PhoneNumber?
    /// The page, counted from 1.
    package var page: Int
    /// How many contacts a page holds at most.
    package var perPage: Int

    /// How many contacts come before the page.
    package var offset: Int { (page - 1) * perPage }

    /// No account has more contacts than this, so no page beyond it holds any.
    private static let lastPage = Int(Limits.sequencePerAccount)

    /// Reads the parameters `email`, `phone_number`, `page` (from 1) and `per_page` (1 to ``Limits/contactPageRows``);
    /// others are ignored.
    ///
    /// - Parameter items: The names and values of the query, decoded.
    /// - Throws: `validation_failed`, with every parameter that is at fault.
    package init(_ items: [(name: String, value: String)]) throws(APIError) {
        var items = QueryItems(items)
        let email = items.value(of: "email") { text throws(InvalidValue) in try EmailAddress(text) }
        let phoneNumber = items.value(of: "phone_number") { text throws(InvalidValue) in try PhoneNumber(text) }
        let page = items.number("page", in: 1...ContactQuery.lastPage)
        let perPage = items.number("per_page", in: 1...Limits.contactPageRows)
        try items.check()
        self.email = email
        self.phoneNumber = phoneNumber
        self.page = page ?? 1
        self.perPage = perPage ?? Limits.defaultContactPageRows
    }
}
