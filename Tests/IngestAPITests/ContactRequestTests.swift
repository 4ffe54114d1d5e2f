import EventModel
import IngestAPI
import Testing

@Suite("The bodies that change contacts")
struct ContactRequestTests {
    private let id = ContactID("cus_0123456789abcdef")!

    private func creation(_ body: String) throws(APIError) -> ContactChange {
        try Array(body.utf8).withUnsafeBytes { bytes in
            Result { () throws(APIError) in try ContactRequest.creation(bytes) }
        }.get()
    }

    private func update(_ body: String, of id: ContactID?) throws(APIError) -> ContactChange {
        try Array(body.utf8).withUnsafeBytes { bytes in
            Result { () throws(APIError) in try ContactRequest.update(bytes, of: id) }
        }.get()
    }

    private func unsubscription(_ body: String, of id: ContactID?) throws(APIError) -> ContactChange {
        try Array(body.utf8).withUnsafeBytes { bytes in
            Result { () throws(APIError) in try ContactRequest.unsubscription(bytes, of: id) }
        }.get()
    }

    private func deletion(_ body: String) throws(APIError) -> ContactChange {
        try Array(body.utf8).withUnsafeBytes { bytes in
            Result { () throws(APIError) in try ContactRequest.deletion(bytes) }
        }.get()
    }

    @Test("a creation is read with everything that it may say")
    func creation() throws {
        let change = try creation(
            #"""
            {"email":"Ada@Example.com","phone_number":"+4912345","first_name":"Ada","\u006cast_name":"L",
            "tags":["a","b"],"custom_fields":{"n": 1.0},"other":[{}],"id":7}
            """#
        )
        #expect(
            change
                == .create(
                    try NewContact(
                        email: try EmailAddress("Ada@Example.com"),
                        phoneNumber: try PhoneNumber("+4912345"),
                        firstName: try ContactName("Ada"),
                        lastName: try ContactName("L"),
                        tags: try ContactTags(["a", "b"]),
                        customFields: try CustomFields(#"{"n":1.0}"#)
                    )
                )
        )
    }

    static let badCreations: [(String, [String])] = [
        ("{}", ["base"]), (#"{"email":null}"#, ["base"]), (#"{"email":"x"}"#, ["email"]),
        (#"{"email":1,"phone_number":"12"}"#, ["email", "phone_number"]),
        (#"{"email":"a@b.c","email":"a@b.c"}"#, ["email"]), (#"{"email":"a@b.c","first_name":""}"#, ["first_name"]),
        (#"{"email":"a@b.c","last_name":"\ud800"}"#, ["last_name"]),
        (#"{"email":"a@b.c","last_name":"a\u0000"}"#, ["last_name"]),
        (#"{"email":"a@b.c","tags":"vip"}"#, ["tags"]), (#"{"email":"a@b.c","tags":[1]}"#, ["tags"]),
        (#"{"email":"a@b.c","tags":["\ud800"]}"#, ["tags"]), (#"{"email":"a@b.c","tags":[["a"]]}"#, ["tags"]),
        (#"{"email":"a@b.c","custom_fields":{"a":{}}}"#, ["custom_fields"]),
        (#"{"email":"a@b.c","custom_fields":[]}"#, ["custom_fields"]),
    ]

    @Test("every fault of a creation is told at once", arguments: badCreations)
    func badCreation(body: String, fields: [String]) {
        expect(fields) { () throws(APIError) in try creation(body) }
    }

    @Test(
        "what is no JSON object is a bad request",
        arguments: ["", "[]", "{", "{}x", "\u{FEFF}{}", "null", #"{"a":"#]
    )
    func noObject(body: String) {
        for make in [{ try creation(body) }, { try update(body, of: id) }, { try deletion(body) }] {
            let error = #expect(throws: APIError.self) { _ = try make() }
            guard case .badRequest = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test(
        "nesting is bounded",
        arguments: [
            (Limits.requestBodyDepth - 1, true), (Limits.requestBodyDepth, true), (Limits.requestBodyDepth + 1, false),
        ]
    )
    func depth(containers: Int, isGood: Bool) {
        let nested = String(repeating: "[", count: containers) + String(repeating: "]", count: containers)
        #expect(((try? creation(#"{"email":"a@b.c","x":\#(nested)}"#)) != nil) == isGood)
    }

    @Test("an update names what changes; null removes, and what is left out stays")
    func update() throws {
        let body = #"{"first_name":"A","last_name":null,"tags":null,"custom_fields":{},"email":"a@b.c","id":1}"#
        #expect(
            try update(body, of: id)
                == .update(
                    .id(id),
                    ContactUpdate(
                        email: try EmailAddress("a@b.c"),
                        firstName: .set(try ContactName("A")),
                        lastName: .remove,
                        tags: ContactTags.none,
                        customFields: CustomFields.none
                    )
                )
        )
        #expect(try update(#"{"tags":["a"]}"#, of: id) == .update(.id(id), ContactUpdate(tags: try ContactTags(["a"]))))
    }

    @Test("without an id in the path the body names the contact")
    func updateWithoutID() throws {
        let tags = ContactUpdate(tags: try ContactTags(["a"]))
        for (name, reference) in [
            (#""email":"a@b.c""#, ContactReference.email(try EmailAddress("a@b.c"))),
            (#""phone_number":"+4912345""#, .phone(try PhoneNumber("+4912345"))),
            (#""id":"cus_0123456789abcdef""#, .id(id)), (#""privy_id":"cus_0123456789abcdef""#, .id(id)),
        ] {
            #expect(try update(#"{\#(name),"tags":["a"]}"#, of: nil) == .update(reference, tags))
            #expect(try deletion("{\(name)}") == .delete(reference))
            #expect(try unsubscription("{\(name)}", of: nil) == .unsubscribe(reference, reason: nil))
        }
        // A contact that is named by its id can be given an address.
        #expect(
            try update(#"{"id":"cus_0123456789abcdef","email":"a@b.c"}"#, of: nil)
                == .update(.id(id), ContactUpdate(email: try EmailAddress("a@b.c")))
        )
    }

    static let badUpdates: [(String, [String])] = [
        (#"{"tags":[]}"#, ["base"]), (#"{"email":"a@b.c","phone_number":"+4912345","tags":[]}"#, ["base"]),
        (#"{"email":"a@b.c"}"#, ["base"]), (#"{"email":"a","tags":["a"]}"#, ["email"]),
        (#"{"id":"x","tags":["a"]}"#, ["id"]), (#"{"privy_id":1,"tags":["a"]}"#, ["privy_id"]),
        (#"{"id":"cus_0123456789abcdef","privy_id":"cus_0123456789abcdef","tags":["a"]}"#, ["base"]),
        (#"{"id":"cus_0123456789abcdef"}"#, ["base"]),
    ]

    @Test("an update that names no contact, several, or nothing to change is refused", arguments: badUpdates)
    func badUpdate(body: String, fields: [String]) {
        expect(fields) { () throws(APIError) in try update(body, of: nil) }
    }

    @Test("an update by id that changes nothing is refused", arguments: ["{}", #"{"email":null}"#, #"{"x":1}"#])
    func emptyUpdate(body: String) {
        expect(["base"]) { () throws(APIError) in try update(body, of: id) }
    }

    @Test("an unsubscription may give a reason, and by id needs no body")
    func unsubscription() throws {
        #expect(try unsubscription("", of: id) == .unsubscribe(.id(id), reason: nil))
        #expect(try unsubscription("{}", of: id) == .unsubscribe(.id(id), reason: nil))
        #expect(
            try unsubscription(#"{"reason":"a\nb"}"#, of: id)
                == .unsubscribe(.id(id), reason: try UnsubscribeReason("a\nb"))
        )
        let tooLong = String(repeating: "x", count: Limits.unsubscribeReasonCharacters + 1)
        expect(["reason"]) { () throws(APIError) in try unsubscription(#"{"reason":"\#(tooLong)"}"#, of: id) }
        expect(["base"]) { () throws(APIError) in try unsubscription("{}", of: nil) }
    }

    private func expect(_ fields: [String], _ make: () throws(APIError) -> ContactChange) {
        do throws(APIError) {
            Issue.record("\(try make())")
        } catch {
            guard case .validationFailed(let faults) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(faults.map(\.field) == fields, "\(faults)")
        }
    }
}
