import EventModel
import IngestAPI
import Testing

@Suite("A rejected ingest")
struct IngestFaultTests {
    @Test(
        "lists the fields at fault",
        arguments: [
            ("{}", ["event_type", "base"]), (#"{"event_type":null,"email":null}"#, ["event_type", "base"]),
            (#"{"event_type":"a"}"#, ["base"]), (#"{"email":"a@b"}"#, ["event_type"]),
            (#"{"event_type":"","email":"a@b"}"#, ["event_type"]), (#"{"event_type":1,"email":"a@b"}"#, ["event_type"]),
            (#"{"event_type":{},"email":"a@b"}"#, ["event_type"]),
            (#"{"event_type":"a b","email":"a@b"}"#, ["event_type"]),
            (#"{"event_type":"a","email":"a"}"#, ["email"]), (#"{"event_type":"a","email":false}"#, ["email"]),
            (#"{"event_type":"a","email":""}"#, ["email"]), (#"{"event_type":"a","phone":"1"}"#, ["phone"]),
            (#"{"event_type":"a","phone":14155552671}"#, ["phone"]),
            (#"{"event_type":"a","privy_id":"cus_"}"#, ["privy_id"]),
            (#"{"event_type":"a","privy_id":[]}"#, ["privy_id"]),
            (#"{"event_type":"a","email":"a@b","phone":"+12"}"#, ["base"]),
            (#"{"event_type":"a","email":"a@b","phone":"+12","privy_id":"cus_0000000000000000"}"#, ["base"]),
            (#"{"event_type":"a","email":"a","phone":"1"}"#, ["base", "email", "phone"]),
            (#"{"event_type":"a","email":"a@b","event_time":1705314600}"#, ["event_time"]),
            (#"{"event_type":"a","email":"a@b","event_time":"2024-01-15T10:30:00+01:00"}"#, ["event_time"]),
            (#"{"event_type":"a","email":"a@b","event_time":""}"#, ["event_time"]),
            (#"{"event_type":"a","email":"a@b","event_data":[]}"#, ["event_data"]),
            (#"{"event_type":"a","email":"a@b","event_data":"{}"}"#, ["event_data"]),
            (#"{"event_type":"a","email":"a@b","event_data":0}"#, ["event_data"]),
            (#"{"event_type":"a","email":"a@b","idempotency_key":""}"#, ["idempotency_key"]),
            (#"{"event_type":"a","email":"a@b","idempotency_key":7}"#, ["idempotency_key"]),
            (#"{"event_type":"a","email":"a@b","idempotency_key":"a\u0000"}"#, ["idempotency_key"]),
            (
                #"{"event_type":"","privy_id":"x","event_time":"x","event_data":1,"idempotency_key":""}"#,
                ["event_type", "privy_id", "event_time", "event_data", "idempotency_key"]
            ),
        ] as [(String, [String])]
    )
    func fields(body: String, fields: [String]) {
        let parsed = parse(body)
        #expect(parsed.faultyFields == fields)
        #expect(!parsed.isMalformed)
    }

    @Test(
        "refuses half of a surrogate pair in each member that is read",
        arguments: ["event_type", "email", "phone", "privy_id", "event_time", "idempotency_key"]
    )
    func loneSurrogates(name: String) throws {
        let others = ["event_type": "a", "email": "a@b"].filter { other in
            other.key != name && !(other.key == "email" && ["phone", "privy_id"].contains(name))
        }
        let members = others.map { "\"\($0.key)\":\"\($0.value)\"" } + ["\"\(name)\":\"x\\ud800\""]
        let parsed = parse("{\(members.joined(separator: ","))}")
        #expect(parsed.faultyFields == [name])
        #expect(parsed.faults.first?.message.contains("surrogate") == true)
    }

    @Test("hands out a good key, so that a known one can answer")
    func keyOfInvalid() throws {
        let key = try IdempotencyKey("k-1")
        #expect(parse(#"{"idempotency_key":"k-1"}"#).keyOfInvalid == key)
        #expect(parse("{}", headerKey: .key(key)).keyOfInvalid == key)
        #expect(parse(#"{"idempotency_key":""}"#, headerKey: .key(key)).keyOfInvalid == key)
        #expect(parse(#"{"idempotency_key":""}"#).keyOfInvalid == nil)
        #expect(parse("{}").keyOfInvalid == nil)
    }

    @Test(
        "is malformed where it is no JSON object",
        arguments: [
            "", " ", "null", "[]", "1", #""{}""#, "{", "}", "{}{}", "{} x", "{'a':1}", #"{"a":1,}"#, "\u{FEFF}{}",
            "{}\0", #"{"a":01}"#, #"{"email":"a@b""#, "[{}]", "event_type=a&email=a%40b",
        ]
    )
    func malformed(body: String) {
        let parsed = parse(body, headerKey: .absent)
        #expect(parsed.isMalformed)
        #expect(parsed.faultyFields == ["base"])
    }

    @Test("is malformed where it is no UTF-8, wherever that stands")
    func brokenUTF8() {
        for body in [
            "{\"event_type\":\"a\",\"email\":\"a@b\",\"x\":\"#\"}", "{\"#\":1}", "{\"event_data\":{\"a\":\"#\"}}",
        ] {
            let bytes = Array(body.utf8).flatMap { $0 == UInt8(ascii: "#") ? [0xC3, 0x28] : [$0] }
            #expect(parse(bytes).isMalformed, "\(body)")
        }
    }

    @Test("says whether the body is another value or no JSON at all")
    func messages() {
        #expect(parse("[]").faults.first?.message == "must be one JSON object")
        #expect(parse("[").faults.first?.message == "is not valid JSON: it ends early, at byte 1")
        #expect(parse(#"{"a":nul}"#).faults.first?.message == "is not valid JSON: unexpected byte at offset 8")
    }

    @Test(
        "is malformed where one of our names stands twice, a null or an escaped one included",
        arguments: ["event_type", "email", "phone", "privy_id", "event_time", "event_data", "idempotency_key"]
    )
    func duplicates(name: String) throws {
        let first = try #require(name.first)
        let escaped = "\\u00\(String(first.asciiValue ?? 0, radix: 16))\(name.dropFirst())"
        for members in [
            "\"\(name)\":\"a\",\"\(name)\":\"a\"", "\"\(name)\":\"a\",\"\(escaped)\":\"a\"",
            "\"\(escaped)\":\"a\",\"\(escaped)\":\"a\"", "\"\(name)\":null,\"\(name)\":\"a\"",
            "\"\(name)\":\"a\",\"\(name)\":null", "\"\(name)\":null,\"\(name)\":null",
            "\"\(name)\":1,\"x\":2,\"\(name)\":3,\"\(name)\":4",
        ] {
            let parsed = parse("{\(members)}", headerKey: .key(try IdempotencyKey("k-1")))
            #expect(parsed.isMalformed, "\(members)")
            #expect(
                parsed.faults.filter { $0.field == name } == [
                    InvalidValue(field: name, message: "must be given once only")
                ]
            )
        }
    }

    @Test("lists the faults of other fields beside a repeated name")
    func duplicatesAndFaults() {
        let parsed = parse(#"{"email":"a@b","email":"a@b","event_time":"x","event_data":1}"#)
        #expect(parsed.isMalformed)
        #expect(parsed.faultyFields == ["event_type", "email", "event_time", "event_data"])
    }

    @Test(
        "a null counts as left out, one of a repeated name as well, when the members that name the contact are counted",
        arguments: [
            (#""email":"a@b.co","phone":null,"phone":null"#, ["phone"]),
            (#""email":"a@b.co","phone":null,"privy_id":null,"phone":null,"privy_id":null"#, ["phone", "privy_id"]),
            (#""email":null,"email":null"#, ["email"]), (#""email":"a@b.co","email":null"#, ["email"]),
            (#""email":"a@b.co","phone":null,"phone":"+4912345""#, ["base", "phone"]),
            (#""email":"a@b.co","phone":"+4912345","phone":null"#, ["base", "phone"]),
        ]
    )
    func repeatedNulls(contact: String, fields: [String]) {
        let parsed = parse("{\"event_type\":\"t\",\(contact)}")
        #expect(parsed.isMalformed)
        #expect(parsed.faultyFields == fields)
    }

    @Test("never repeats what was sent")
    func privacy() {
        let body = #"""
            {"event_type":"SECRET !","email":"SECRET","event_time":"SECRET","event_data":"SECRET","idempotency_key":"SECRET\n"}
            """#
        let faults = parse(body).faults
        #expect(faults.count == 5)
        #expect(!faults.contains { $0.description.contains("SECRET") })
    }
}
