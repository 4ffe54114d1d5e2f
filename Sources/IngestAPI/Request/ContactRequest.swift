package import EventModel

/// Reads the bodies of the routes that change contacts.
///
/// If a path names no contact, the body does: by exactly one of `id`, `privy_id` (the name that an ingest uses for the
/// id), `email` and `phone_number`. All faults are reported at once.
package enum ContactRequest {
    /// The body of `POST /v1/contacts`.
    package static func creation(_ body: UnsafeRawBufferPointer) throws(APIError) -> ContactChange {
        try read(body, [.email, .phoneNumber, .firstName, .lastName, .tags, .customFields]) {
            (members: inout ContactMembers) throws(APIError) in
            let email = members.email()
            let phoneNumber = members.phoneNumber()
            if !members.isGiven(.email), !members.isGiven(.phoneNumber) { members.add(NewContact.hasNoAddress) }
            let firstName = members.contactName(.firstName)
            let lastName = members.contactName(.lastName)
            let tags = members.tags() ?? .none
            let customFields = members.customFields() ?? .none
            try members.check()
            do throws(InvalidValue) {
                return .create(
                    try NewContact(
                        email: email,
                        phoneNumber: phoneNumber,
                        firstName: firstName,
                        lastName: lastName,
                        tags: tags,
                        customFields: customFields
                    )
                )
            } catch {
                throw .validationFailed([error])
            }
        }
    }

    /// The body of `PATCH /v1/contacts/{id}`, or, without an id, of `PATCH /v1/contacts`.
    ///
    /// A null removes a name, all tags or all fields. A contact that is named by its id can be given an address or a
    /// number that it does not have yet.
    package static func update(_ body: UnsafeRawBufferPointer, of id: ContactID?) throws(APIError) -> ContactChange {
        let changing: Set<ContactMembers.Name> = [.email, .phoneNumber, .firstName, .lastName, .tags, .customFields]
        return try read(body, id == nil ? changing.union([.id, .privyID]) : changing) {
            (members: inout ContactMembers) throws(APIError) in
            let email = members.email()
            let phoneNumber = members.phoneNumber()
            var update = ContactUpdate()
            let reference: ContactReference?
            if id != nil || members.isGiven(.id) || members.isGiven(.privyID) {
                reference = id.map(ContactReference.id) ?? ContactRequest.id(&members).map(ContactReference.id)
                update.email = email
                update.phoneNumber = phoneNumber
            } else {
                reference = ContactRequest.reference(&members, email, phoneNumber)
            }
            update.firstName = edit(of: .firstName, &members)
            update.lastName = edit(of: .lastName, &members)
            update.tags = members.isNull(.tags) ? ContactTags.none : members.tags()
            update.customFields = members.isNull(.customFields) ? CustomFields.none : members.customFields()
            if update.isEmpty, members.faults.isEmpty {
                members.add(InvalidValue(field: "base", message: "must name something to change"))
            }
            try members.check()
            guard let reference else { throw .internalError }
            return .update(reference, update)
        }
    }

    /// The body of `POST /v1/contacts/{id}/unsubscribe`, which may be left out, or, without an id, of
    /// `POST /v1/contacts/unsubscribe`.
    package static func unsubscription(
        _ body: UnsafeRawBufferPointer,
        of id: ContactID?
    ) throws(APIError) -> ContactChange {
        if let id, body.isEmpty { return .unsubscribe(.id(id), reason: nil) }
        return try read(body, id == nil ? [.id, .privyID, .email, .phoneNumber, .reason] : [.reason]) {
            (members: inout ContactMembers) throws(APIError) in
            let reference = id.map(ContactReference.id) ?? ContactRequest.reference(&members)
            let reason = members.reason()
            try members.check()
            guard let reference else { throw .internalError }
            return .unsubscribe(reference, reason: reason)
        }
    }

    /// The body of `DELETE /v1/contacts`.
    package static func deletion(_ body: UnsafeRawBufferPointer) throws(APIError) -> ContactChange {
        try read(body, [.id, .privyID, .email, .phoneNumber]) { (members: inout ContactMembers) throws(APIError) in
            let reference = ContactRequest.reference(&members)
            try members.check()
            guard let reference else { throw .internalError }
            return .delete(reference)
        }
    }

    // MARK: Parts

    private static func read(
        _ body: UnsafeRawBufferPointer,
        _ names: Set<ContactMembers.Name>,
        _ make: (inout ContactMembers) throws(APIError) -> ContactChange
    ) throws(APIError) -> ContactChange {
        // Typed throws do not go through the rebinding of the memory.
        try body.withMemoryRebound(to: UInt8.self) { bytes -> Result<ContactChange, APIError> in
            var members: ContactMembers
            do throws(JSONFault) {
                members = try ContactMembers(bytes, names)
            } catch {
                return .failure(.badRequest("The body \(error.message)"))
            }
            return Result { () throws(APIError) in try make(&members) }
        }.get()
    }

    /// The contact that a body names; nil, with a fault added, if it names none or more than one.
    private static func reference(_ members: inout ContactMembers) -> ContactReference? {
        let email = members.email()
        let phoneNumber = members.phoneNumber()
        return reference(&members, email, phoneNumber)
    }

    private static func reference(
        _ members: inout ContactMembers,
        _ email: EmailAddress?,
        _ phoneNumber: PhoneNumber?
    ) -> ContactReference? {
        let names: [ContactMembers.Name] = [.id, .privyID, .email, .phoneNumber]
        let given = names.count { members.isGiven($0) }
        guard given == 1 else {
            members.add(
                InvalidValue(
                    field: "base",
                    message: given == 0
                        ? "must name the contact: give exactly one of id, privy_id, email and phone_number"
                        : "must name one contact only: give exactly one of id, privy_id, email and phone_number"
                )
            )
            return nil
        }
        if members.isGiven(.id) || members.isGiven(.privyID) { return id(&members).map(ContactReference.id) }
        return email.map(ContactReference.email) ?? phoneNumber.map(ContactReference.phone)
    }

    /// The id that a body gives, under one of its two names.
    private static func id(_ members: inout ContactMembers) -> ContactID? {
        let id = members.contactID(.id)
        let privyID = members.contactID(.privyID)
        if members.isGiven(.id), members.isGiven(.privyID) {
            members.add(InvalidValue(field: "base", message: "must give only one of id and privy_id"))
        }
        return id ?? privyID
    }

    private static func edit(
        of name: ContactMembers.Name,
        _ members: inout ContactMembers
    ) -> ContactUpdate.Edit<ContactName> {
        if members.isNull(name) { return .remove }
        return members.contactName(name).map { .set($0) } ?? .keep
    }
}
