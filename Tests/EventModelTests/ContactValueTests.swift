import EventModel
import Foundation
import Testing

@Suite("The values of a contact")
struct ContactValueTests {
    @Test(
        "a name has 1 to 128 characters and no control characters",
        arguments: [
            ("Ada", true), (String(repeating: "é", count: 128), true), ("O'Brien-Łuk 😀", true), ("", false),
            (String(repeating: "é", count: 129), false), ("a\u{0}", false), ("a\n", false), ("\u{85}", false),
        ]
    )
    func names(text: String, isGood: Bool) {
        if isGood {
            #expect((try? ContactName(text))?.text == text)
        } else {
            let fault = #expect(throws: InvalidValue.self) { try ContactName(text, field: "last_name") }
            #expect(fault?.field == "last_name")
        }
    }

    @Test(
        "a reason has 1 to 500 characters, and line breaks and tabs are the only control characters in it",
        arguments: [
            ("asked\r\n\tby mail", true), (String(repeating: "x", count: 500), true), ("", false),
            (String(repeating: "x", count: 501), false), ("\u{1}", false),
        ]
    )
    func reasons(text: String, isGood: Bool) {
        #expect(((try? UnsubscribeReason(text)) != nil) == isGood)
    }

    @Test("tags keep their order, come out as they went in, and count once")
    func tags() throws {
        let tags = try ContactTags(["vip", "a\"b\\", "é", "e\u{301}", "vip"])
        #expect(tags.description == "[\"vip\",\"a\\\"b\\\\\",\"é\",\"e\u{301}\"]")
        #expect(tags.tags.map { Array($0.utf8) } == ["vip", "a\"b\\", "é", "e\u{301}"].map { Array($0.utf8) })
        #expect(try ContactTags([]) == ContactTags.none)
    }

    static let tooLong = String(repeating: "é", count: 65)
    static let badTags: [[String]] = [
        [""], [tooLong], ["a\u{7F}"], (0...Limits.contactTags).map { "t\($0)" },
    ]

    @Test("tags beyond a limit are refused", arguments: badTags)
    func refusedTags(tags: [String]) {
        let fault = #expect(throws: InvalidValue.self) { try ContactTags(tags) }
        #expect(fault?.field == "tags")
    }

    @Test(
        "custom fields keep how names and values are spelled, and lose the white space between them",
        arguments: [
            (" { } ", "{}"), (#"{ "a" : 1.0 , "b":1e400,"c":-0 }"#, #"{"a":1.0,"b":1e400,"c":-0}"#),
            (#"{"\u0061":"\u00e9\n","é":null,"t":true}"#, #"{"\u0061":"\u00e9\n","é":null,"t":true}"#),
        ]
    )
    func fields(json: String, kept: String) throws {
        #expect(try CustomFields(json).description == kept)
    }

    static let badFields: [String] = [
        "", "[]", "1", "{", #"{"a":{}}"#, #"{"a":[]}"#, #"{"a":1,"\u0061":2}"#, #"{"":1}"#, #"{"a":"\ud800"}"#,
        #"{"\ud800":1}"#, #"{"a\u0000":1}"#, #"{"a":"\#(String(repeating: "x", count: 1_001))"}"#,
        #"{"a":\#(String(repeating: "1", count: 1_001))}"#,
        #"{"\#(String(repeating: "x", count: 129))":1}"#,
        "{" + (0...Limits.customFields).map { "\"f\($0)\":1" }.joined(separator: ",") + "}",
        "{" + (0..<40).map { "\"f\($0)\":\"\(String(repeating: "x", count: 900))\"" }.joined(separator: ",") + "}",
    ]

    @Test("custom fields that are not flat, or beyond a limit, are refused", arguments: badFields)
    func refusedFields(json: String) {
        let fault = #expect(throws: InvalidValue.self) { try CustomFields(json) }
        #expect(fault?.field == "custom_fields")
    }

    @Test("as many custom fields as may be are taken")
    func manyFields() throws {
        let json = "{" + (0..<Limits.customFields).map { "\"f\($0)\":1" }.joined(separator: ",") + "}"
        #expect(try CustomFields(json).description == json)
    }

    @Test("a change comes out of its encoding as it went in")
    func coding() throws {
        let contact = try NewContact(
            email: try EmailAddress("Ada@Example.com"),
            phoneNumber: try PhoneNumber("+4912345"),
            firstName: try ContactName("Ada"),
            tags: try ContactTags(["a\"b"]),
            customFields: try CustomFields(#"{"a":1.0}"#)
        )
        let id = try #require(ContactID("cus_0123456789abcdef"))
        let changes: [ContactChange] = [
            .create(contact), .delete(.id(id)), .unsubscribe(.phone(try PhoneNumber("+4912345")), reason: nil),
            .update(
                .id(id),
                ContactUpdate(firstName: .remove, lastName: .set(try ContactName("L")), tags: ContactTags.none)
            ),
        ]
        for change in changes {
            let decoded = try JSONDecoder().decode(ContactChange.self, from: try JSONEncoder().encode(change))
            #expect(decoded == change)
        }
    }

    @Test(
        "a value that breaks a rule is not taken from an encoding either",
        arguments: [
            (#""email":"a@b.c""#, #""email":"a""#), (#""phoneNumber":"+4912345""#, #""phoneNumber":"1""#),
            (#""firstName":"Ada""#, #""firstName":"""#), (#"["vip"]"#, #"[""]"#), (#"{\"a\":1}"#, #"{\"a\":[]}"#),
            (#""email":"a@b.c","#, ""),
        ]
    )
    func badCoding(good: String, bad: String) throws {
        var contact = try NewContact(
            email: try EmailAddress("a@b.c"),
            phoneNumber: bad.isEmpty ? nil : try PhoneNumber("+4912345"),
            firstName: try ContactName("Ada"),
            tags: try ContactTags(["vip"])
        )
        contact.customFields = try CustomFields(#"{"a":1}"#)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = String(decoding: try encoder.encode(contact), as: UTF8.self)
        #expect(json.contains(good))
        let broken = json.replacingOccurrences(of: good, with: bad)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(NewContact.self, from: Data(broken.utf8))
        }
    }
}
