package import EventModel

/// The answers of the routes that change contacts.
package enum ContactResponse {
    /// The path of a contact.
    package static func path(of contact: ContactID) -> String { "/v1/contacts/\(contact)" }

    /// The answer to a change.
    package static func response(for outcome: ContactChange.Outcome) -> APIResponse {
        switch outcome {
        case .created(let contact):
            var response = ReadResponse.contact(contact)
            response.status = 201
            response.headers.append(.init("Location", path(of: contact.id)))
            return response
        case .changed(let contact), .deleted(let contact):
            return ReadResponse.contact(contact)
        case .unknownContact:
            return APIError.notFound.response
        case .taken(let holders):
            return APIError.contactExists(holders).response
        case .unchangeable(let addresses):
            return APIError.validationFailed(addresses.map(fault)).response
        case .rejected(.unknownAccount):
            // The account no longer exists in the store, so its token is no longer valid.
            return APIError.unauthorized.response
        case .rejected(.accountFull):
            return APIError.accountFull.response
        case .rejected(.keyReusedWithAnotherPayload):
            preconditionFailure("a change of contacts has no key")
        }
    }

    private static func fault(of address: ContactChange.Address) -> InvalidValue {
        InvalidValue(field: address.field, message: "never changes once a contact has it")
    }
}

extension ContactChange.Address {
    /// The name of the member that holds it.
    package var field: String {
        switch self {
        case .email: "email"
        case .phoneNumber: "phone_number"
        }
    }
}
