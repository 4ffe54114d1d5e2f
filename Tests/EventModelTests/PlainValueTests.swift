import EventModel
import Testing

@Suite("An idempotency key")
struct IdempotencyKeyTests {
    @Test(
        "is 1 to 255 bytes of UTF-8 without control characters",
        arguments: [
            "a", " ", "3f0d6a1e-7f3b-4a59-9b43-2f1f7f0f4f5e", "é", "😀", "\"", "\u{A0}", "\u{FFFD}", "\u{2028}",
            "\u{20}~",
            String(repeating: "a", count: 255), String(repeating: "é", count: 127) + "a", "a/b?c=d&e,f;g",
        ]
    )
    func taken(text: String) throws {
        #expect(try IdempotencyKey(text).utf8 == Array(text.utf8))
    }

    @Test(
        "is refused otherwise",
        arguments: [
            "", String(repeating: "a", count: 256), String(repeating: "é", count: 128), "a\0", "\0", "a\nb", "\t",
            "\u{1F}",
            "\u{7F}", "\u{80}", "\u{85}", "\u{9F}", "a\r\nb",
        ]
    )
    func refused(text: String) {
        let error = #expect(throws: InvalidValue.self) { try IdempotencyKey(text) }
        #expect(error?.field == "idempotency_key")
    }

    @Test("differs from one that only looks the same")
    func composition() throws {
        // As strings the two are equal.
        #expect("\u{E9}" == "e\u{301}")
        #expect(try IdempotencyKey("\u{E9}") != IdempotencyKey("e\u{301}"))
        #expect(try IdempotencyKey("a") != IdempotencyKey("A"))
        #expect(try IdempotencyKey("a") != IdempotencyKey("a "))
    }
}

@Suite("An event's type")
struct EventTypeTests {
    @Test("is letters, digits, _ and -", arguments: ["a", "Z", "0", "_", "-", "order_completed", "Order-2", "--"])
    func taken(name: String) throws {
        #expect(try EventType(name).name == name)
    }

    @Test(
        "is refused otherwise",
        arguments: ["", " ", "a b", "a.b", "a/b", "é", "a\n", "a\0", "Ａ", "a:b", "@", "[", "`", "{"]
    )
    func refused(name: String) {
        let error = #expect(throws: InvalidValue.self) { try EventType(name) }
        #expect(error?.field == "event_type")
    }

    @Test("has at most 128 characters")
    func length() throws {
        let longest = String(repeating: "a", count: 128)
        #expect(try EventType(longest).name == longest)
        #expect(throws: InvalidValue.self) { try EventType(longest + "a") }
    }
}

@Suite("A phone number")
struct PhoneNumberTests {
    @Test("is E.164", arguments: ["+12", "+14155552671", "+491701234567", "+123456789012345"])
    func taken(number: String) throws {
        #expect(try PhoneNumber(number).number == number)
    }

    @Test(
        "is refused otherwise",
        arguments: [
            "", "+", "+1", "+0", "+01", "+0123456", "12", "++12", "+1234567890123456", "+1 415 555 2671", "+1-415",
            " +12",
            "+12 ", "+12\n", "+1a", "+１２", "0012", "+12\0", "tel:+12",
        ]
    )
    func refused(number: String) {
        let error = #expect(throws: InvalidValue.self) { try PhoneNumber(number) }
        #expect(error?.field == "phone")
    }
}

@Suite("Public ids")
struct IdentifierTests {
    @Test(
        "of contacts are read and written alike",
        arguments: ["cus_0000000000000000", "cus_zzzzzzzzzzzzzzzz", "cus_3k9x0a1b2c3d4e5f"]
    )
    func contactIDs(text: String) {
        #expect(ContactID(text)?.description == text)
    }

    @Test(
        "of contacts have one form",
        arguments: [
            "", "cus_", "cus_000000000000000", "cus_00000000000000000", "CUS_0000000000000000", "cus_000000000000000A",
            "cus-0000000000000000", "cus_000000000000000_", "cus_00000000000000é", " cus_0000000000000000",
        ]
    )
    func badContactIDs(text: String) {
        #expect(ContactID(text) == nil)
    }

    @Test("of events are read and written alike", arguments: ["507f1f77bcf86cd799439011", "000000000000000000000000"])
    func eventIDs(text: String) {
        #expect(EventID(text)?.description == text)
        #expect(FeedCursor(text)?.description == text)
    }

    @Test(
        "of events have one form",
        arguments: [
            "", "507f1f77bcf86cd79943901", "507f1f77bcf86cd7994390111", "507F1F77BCF86CD799439011",
            "507f1f77bcf86cd79943901g", "0x507f1f77bcf86cd7994390",
        ]
    )
    func badEventIDs(text: String) {
        #expect(EventID(text) == nil)
        #expect(FeedCursor(text) == nil)
    }
}

@Suite("Tokens and scopes")
struct TokenTests {
    @Test("are made with 40 hexadecimal digits, never the same twice")
    func random() {
        let first = TokenSecret.random()
        #expect(TokenSecret(first.text) == first)
        #expect(first != TokenSecret.random())
        #expect(first.digest.bytes.count == TokenDigest.byteCount)
        #expect(first.digest != TokenSecret.random().digest)
    }

    @Test(
        "of another form are refused",
        arguments: [
            "", "privy_", "privy_" + String(repeating: "a", count: 39), "privy_" + String(repeating: "a", count: 41),
            "privy_" + String(repeating: "A", count: 40), "privy_" + String(repeating: "g", count: 40),
            "Privy_" + String(repeating: "a", count: 40), "privy-" + String(repeating: "a", count: 40),
        ]
    )
    func badSecrets(text: String) {
        #expect(TokenSecret(text) == nil)
    }

    @Test("hold the scopes that they were given", arguments: Scope.allCases)
    func scopes(scope: Scope) {
        #expect(ScopeSet([scope]).scopes == [scope])
        #expect(!ScopeSet(Scope.allCases.filter { $0 != scope }).contains(scope))
        #expect(ScopeSet(Scope.allCases).contains(scope))
        #expect(ScopeSet(rawValue: 0b1111_0000).scopes.isEmpty)
    }
}
