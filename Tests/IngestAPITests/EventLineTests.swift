import EventModel
import IngestAPI
import Testing

@Suite("An event as a line")
struct EventLineTests {
    private func event(_ data: String?) throws -> RecordedEvent {
        RecordedEvent(
            id: EventID(rawValue: 1),
            sequence: 1,
            type: try EventType("order"),
            contact: ContactID(rawValue: 1),
            time: try EventTime("2024-01-15T10:30:00.5Z"),
            receivedAt: Timestamp(millisecondsSinceEpoch: 0),
            data: try data.map { data in try EventData(data) }
        )
    }

    private func line(_ data: String?, _ contact: ContactReference, key: String) throws -> String {
        var json = JSONWriter()
        json.line(of: try event(data), about: contact, key: try IdempotencyKey(key))
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test("names the contact in the way it is told")
    func contacts() throws {
        let rest = #","event_time":"2024-01-15T10:30:00.5Z","idempotency_key":"k"}"#
        #expect(
            try line(nil, .email(EmailAddress("Ann@b")), key: "k") == #"{"event_type":"order","email":"Ann@b""# + rest
                + "\n"
        )
        #expect(
            try line(nil, .phone(PhoneNumber("+4912")), key: "k") == #"{"event_type":"order","phone":"+4912""# + rest
                + "\n"
        )
        #expect(
            try line(nil, .id(ContactID(rawValue: 0)), key: "k")
                == #"{"event_type":"order","privy_id":"cus_0000000000000000""# + rest + "\n"
        )
    }

    @Test(
        "holds the data byte for byte, but for line breaks between tokens",
        arguments: [
            (#"{"n":1.0,"s":"\n\u000a"}"#, #"{"n":1.0,"s":"\n\u000a"}"#),
            ("{\r\n\t\"a\" : [\n1]\n}", "{  \t\"a\" : [ 1] }"),
            ("{\"e\u{301}\":\"\u{2028}\u{85}\"}", "{\"e\u{301}\":\"\u{2028}\u{85}\"}"),
        ]
    )
    func data(data: String, written: String) throws {
        let line = try line(data, .email(EmailAddress("a@b")), key: "k")
        #expect(line.contains("\"event_data\":\(written),"))
        #expect(line.utf8.count { $0 == 0x0A || $0 == 0x0D } == 1)
        let parsed = Array(line.utf8).withUnsafeBytes { BatchRequest.parse(line: $0) }
        let event = try #require(parsed?.event)
        #expect(event.data?.description == written)
        // Its meaning, which a later use of the key is compared with, stays the same.
        var original = event
        original.data = try EventData(data)
        #expect(PayloadFingerprint(of: event) == PayloadFingerprint(of: original))
    }

    @Test("gives a key back as it was", arguments: ["k", "a\"b\\c", "é", "e\u{301}", " a ", "\u{1F600}"])
    func keys(key: String) throws {
        let line = try line("{}", .email(EmailAddress("a@b")), key: key)
        let parsed = Array(line.utf8).withUnsafeBytes { BatchRequest.parse(line: $0) }
        #expect(try parsed?.event?.idempotencyKey == IdempotencyKey(key))
    }

    @Test("stands beside other lines without a comma")
    func lines() throws {
        var json = JSONWriter()
        for _ in 0..<2 {
            json.line(of: try event(nil), about: .email(try EmailAddress("a@b")), key: try IdempotencyKey("k"))
        }
        #expect(try parseBatch(json.bytes).events.count == 2)
    }
}
