import EventModel
import IngestAPI
import Testing

@Suite("The Idempotency-Key header")
struct IdempotencyKeyHeaderTests {
    @Test(
        "holds a key, trimmed, and without the quotes of a quoted string",
        arguments: [
            ("abc", "abc"), ("  abc\t", "abc"), ("a b", "a b"), (#""abc""#, "abc"), (#" "abc" "#, "abc"),
            (#"" abc ""#, " abc "), (#""a\"b""#, #"a"b"#), (#""a\\b""#, #"a\b"#), (#""a\\""#, #"a\"#), ("é", "é"),
            (#""é""#, "é"), ("e\u{301}", "e\u{301}"), (#""\"""#, #"""#), (String(repeating: "a", count: 255), nil),
            ("\"" + String(repeating: "a", count: 255) + "\"", String(repeating: "a", count: 255)),
            // None of these is a quoted string, so the value is the key as it stands.
            (#"""#, nil), (#""abc"#, nil), (#"abc""#, nil), (#""a"b""#, nil), (#""a\b""#, nil), (#""abc\""#, nil),
            (#""abc"; a=1"#, nil), (#"a"b"c"#, nil), ("a, b", nil),
        ] as [(String, String?)]
    )
    func keys(value: String, key: String?) throws {
        #expect(try IdempotencyKeyHeader(.once(value)) == .key(IdempotencyKey(key ?? value)))
    }

    @Test(
        "is at fault, and never taken for no header, where it holds no key",
        arguments: [
            [""], ["  \t"], [#""""#], [String(repeating: "a", count: 256)],
            ["\"" + String(repeating: "a", count: 256) + "\""],
            ["a\0b"], ["a\u{7F}"], ["a\u{85}b"], ["a\tb"], ["\"\t\""], ["a\u{FFFD}b"], ["\u{FFFD}"], ["a", "a"],
            ["a", "b"],
            ["", "a"],
        ]
    )
    func faults(values: [String]) {
        guard case .fault(let fault) = IdempotencyKeyHeader(FieldValue(values)) else {
            Issue.record("a key or nothing was read")
            return
        }
        #expect(fault.field == "idempotency_key")
    }

    @Test("may be left out")
    func absent() {
        #expect(IdempotencyKeyHeader(.absent) == .absent)
    }
}

@Suite("The rest of a request's head")
struct RequestHeadTests {
    private static let token = "privy_0123456789abcdef0123456789abcdef01234567"

    @Test(
        "holds a bearer token, its scheme in any case",
        arguments: ["Bearer ", "bearer ", "BEARER ", "bEaReR   ", "  Bearer "]
    )
    func bearer(scheme: String) throws {
        let token = try #require(TokenSecret(Self.token))
        #expect(RequestHead.bearerToken(authorization: .once(scheme + Self.token)) == .api(token))
        #expect(RequestHead.bearerToken(authorization: .once(scheme + Self.token + " ")) == .api(token))
    }

    @Test(
        "holds no token otherwise",
        arguments: [
            [], [""], ["Bearer"], ["Bearer "], [token], ["Bearer" + token], ["Basic " + token], ["Bearers " + token],
            ["Bearer: " + token], ["Bearer\u{A0}" + token], ["Bearer " + token + " x"], ["Bearer " + token + ","],
            ["Bearer " + token + "0"], ["Bearer " + token.dropLast()], ["Bearer " + token.uppercased()],
            ["Bearer \"" + token + "\""], ["Bearer " + token, "Bearer " + token], ["Bearer Bearer " + token],
        ]
    )
    func noBearer(values: [String]) {
        #expect(RequestHead.bearerToken(authorization: FieldValue(values)) == nil)
    }

    @Test(
        "declares JSON, or nothing",
        arguments: [
            ([], true), (["application/json"], true), (["Application/JSON"], true),
            (["application/json; charset=utf-8"], true),
            (["application/json;charset=\"UTF-8\"; x=y"], true), ([" application/json "], true),
            (["application/json;"], true),
            (["application/json ; a=b"], true), ([""], false), (["text/plain"], false), (["application/jsonx"], false),
            (["application/json5"], false), (["application/problem+json"], false), (["text/json"], false),
            (["application/x-www-form-urlencoded"], false), (["json"], false),
            (["application/json, text/plain"], false),
            (["application/json", "application/json"], false), ([";application/json"], false),
            (["application /json"], false), (["application/x-ndjson"], false),
        ] as [([String], Bool)]
    )
    func contentType(values: [String], isJSON: Bool) {
        #expect((RequestHead.batchFormat(contentType: FieldValue(values)) == .array) == isJSON)
    }

    @Test(
        "declares a batch as an array or as lines",
        arguments: [
            ([], .array), (["application/json"], .array), (["application/json; charset=utf-8"], .array),
            (["application/x-ndjson"], .lines), (["Application/X-NDJSON; charset=utf-8"], .lines),
            ([" application/x-ndjson "], .lines), (["application/ndjson"], nil), (["application/jsonl"], nil),
            (["text/plain"], nil), ([""], nil), (["application/x-ndjson, application/json"], nil),
            (["application/x-ndjson", "application/json"], nil),
        ] as [([String], BatchFormat?)]
    )
    func batchFormat(values: [String], format: BatchFormat?) {
        #expect(RequestHead.batchFormat(contentType: FieldValue(values)) == format)
    }

    @Test(
        "brings an id of its own where that is 1 to 128 visible ASCII characters",
        arguments: [
            (["a"], true), (["!~\"<>&"], true), ([String(repeating: "x", count: 128)], true), ([], false),
            ([""], false),
            ([String(repeating: "x", count: 129)], false), (["a b"], false), ([" a"], false), (["é"], false),
            (["a\n"], false),
            (["a\u{7F}"], false), (["a", "a"], false),
        ] as [([String], Bool)]
    )
    func requestID(values: [String], isTaken: Bool) {
        #expect(RequestHead.requestID(FieldValue(values)) == (isTaken ? values.first : nil))
    }

    @Test("gets a fresh id of 32 hexadecimal digits otherwise")
    func newRequestID() {
        var ids = RequestIDs()
        var others = RequestIDs()
        let id = ids.next()
        #expect(id.utf8.count == 32)
        #expect(id.allSatisfy { $0.isHexDigit })
        #expect(RequestHead.requestID(.once(id)) == id)
        #expect(Set((0..<1_000).flatMap { _ in [ids.next(), others.next()] } + [id]).count == 2_001)
    }
}
