import EventModel
import Testing

@Suite("An email address")
struct EmailAddressTests {
    /// The longest label of a domain.
    private static let label63 = String(repeating: "a", count: 63)

    @Test(
        "is taken by the rule of browsers",
        arguments: [
            "jane@example.com", "a@b", "JANE.DOE@Example.COM", "a.b.c@d.e.f", ".a@b", "a.@b", "a..b@c", "1@2",
            "!#$%&'*+/=?^_`{|}~-@example.com", "a@1.2.3.4", "a@b-c.d--e.f", "a@x--y", "a@\(label63).com",
        ]
    )
    func taken(text: String) throws {
        #expect(try EmailAddress(text).address == text)
    }

    @Test(
        "is refused where the rule is broken",
        arguments: [
            "", "@", "a", "a@", "@b", "a@@b", "a@b@c", "a b@c", "a@b c", " a@b", "a@b ", "a@.b", "a@b.", "a@b..c",
            "a@-b",
            "a@b-", "a@b.-c", "a@b-.c", "a@b_c", "a@\(label63)a.com", "jané@example.com", "jane@exämple.com", "a@b\n",
            "a\0@b", "\"a b\"@c", "a(b)@c", "a,b@c", "a:b@c", "a;b@c", "<a@b>", "a@[1.2.3.4]", "a\\b@c", "a@b\u{301}",
        ]
    )
    func refused(text: String) {
        let error = #expect(throws: InvalidValue.self) { try EmailAddress(text) }
        #expect(error?.field == "email")
    }

    @Test("has at most 254 bytes")
    func length() throws {
        let longest = String(repeating: "a", count: Limits.emailBytes - 2) + "@b"
        #expect(try EmailAddress(longest).address.utf8.count == 254)
        #expect(throws: InvalidValue.self) { try EmailAddress("a" + longest) }
    }

    @Test("names the same contact whatever the case of its letters, and stays as it was given")
    func folding() throws {
        let address = try EmailAddress("Jane.DOE@Example.Com")
        #expect(address.folded == "jane.doe@example.com")
        #expect(address.address == "Jane.DOE@Example.Com")
        #expect(try address != EmailAddress("jane.doe@example.com"))
        #expect(try EmailAddress("[@b".replacing("[", with: "^")).folded == "^@b")
    }
}
