import EventModel
import IngestAPI
import Testing

@Suite("The body of an ingest")
struct IngestRequestTests {
    @Test("becomes an event, its data byte for byte")
    func everything() throws {
        let parsed = parse(
            #"""
             { "event_type" : "order_completed", "email":"Jane@Example.com",
               "event_time":"2024-01-15T10:30:00.5Z", "event_data" : { "b":1.0 , "a":[ "\u00e9" ]} ,
               "idempotency_key":"k-1" }
            """#
        )
        let event = try #require(parsed.event)
        #expect(event.type.name == "order_completed")
        #expect(try event.contact == .email(EmailAddress("Jane@Example.com")))
        #expect(event.time?.description == "2024-01-15T10:30:00.5Z")
        #expect(event.data?.description == #"{ "b":1.0 , "a":[ "\u00e9" ]}"#)
        #expect(try event.idempotencyKey == IdempotencyKey("k-1"))
    }

    @Test(
        "names the contact in one of three ways",
        arguments: [
            (#""email":"a@b""#, "a@b"), (#""phone":"+14155552671""#, "+14155552671"),
            (#""privy_id":"cus_0123456789abcdef""#, "cus_0123456789abcdef"),
        ]
    )
    func contacts(member: String, contact: String) throws {
        let event = try #require(parse("{\"event_type\":\"a\",\(member)}").event)
        switch event.contact {
        case .email(let email): #expect(email.address == contact)
        case .phone(let phone): #expect(phone.number == contact)
        case .id(let id): #expect(id.description == contact)
        }
        #expect(event.time == nil)
        #expect(event.data == nil)
        #expect(event.idempotencyKey == nil)
    }

    @Test(
        "may hold what nobody reads",
        arguments: [
            #"{"event_type":"a","email":"a@b","other":1,"other":2,"":[{}],"Email":3,"emai\u006c ":4}"#,
            #"{"x":"\ud800","event_type":"a","\ud800":1,"email":"a@b","EVENT_TYPE":null}"#,
            #"{"nested":{"email":"c@d","event_type":1},"email":"a@b","event_type":"a"}"#,
            "\n\t\r {\"event_type\":\"a\",\"email\":\"a@b\"}\n\t\r ",
        ]
    )
    func ignored(body: String) throws {
        #expect(try parse(body).event == NewEvent(type: EventType("a"), contact: .email(EmailAddress("a@b"))))
    }

    @Test(
        "takes null for one of our optional members as if it were left out",
        arguments: ["phone", "privy_id", "event_time", "event_data", "idempotency_key"]
    )
    func nulls(name: String) throws {
        let parsed = parse("{\"event_type\":\"a\",\"email\":\"a@b\",\"\(name)\":null}")
        #expect(try parsed.event == NewEvent(type: EventType("a"), contact: .email(EmailAddress("a@b"))))
    }

    @Test("reads an escaped name as the same name, and an escaped value as what it stands for")
    func escapes() throws {
        let parsed = parse(#"{"\u0065vent_type":"\u0061","em\u0061il":"a\u0040b","event_\u0064ata":{"\u0061":1}}"#)
        let event = try #require(parsed.event)
        #expect(try event.contact == .email(EmailAddress("a@b")))
        #expect(event.data?.description == #"{"\u0061":1}"#)
    }

    @Test(
        "keeps a key as the bytes that were sent",
        arguments: [
            ("\"\u{E9}\"", [0xC3, 0xA9]), ("\"e\u{301}\"", [0x65, 0xCC, 0x81]), (#""\u00e9""#, [0xC3, 0xA9]),
            (#""\ud83d\ude00""#, [0xF0, 0x9F, 0x98, 0x80]), (#"" a ""#, [0x20, 0x61, 0x20]),
            (#""\"a\"""#, [0x22, 0x61, 0x22]),
        ] as [(String, [UInt8])]
    )
    func keys(json: String, bytes: [UInt8]) throws {
        let parsed = parse("{\"event_type\":\"a\",\"email\":\"a@b\",\"idempotency_key\":\(json)}")
        #expect(parsed.event?.idempotencyKey?.utf8 == bytes)
    }

    @Test("takes a key with U+FFFD from the body, where broken UTF-8 never comes as far")
    func replacementCharacter() throws {
        let event = try #require(parse(#"{"event_type":"t","email":"a@b","idempotency_key":"a\#u{FFFD}"}"#).event)
        #expect(event.idempotencyKey == (try IdempotencyKey("a\u{FFFD}")))
    }

    @Test("goes by the header's key wherever the header is there, whatever the body's key is")
    func headerKey() throws {
        let header = IdempotencyKeyHeader.key(try IdempotencyKey("from the header"))
        for member in ["", #","idempotency_key":"x""#, #","idempotency_key":"""#, #","idempotency_key":7"#] {
            let parsed = parse("{\"event_type\":\"a\",\"email\":\"a@b\"\(member)}", headerKey: header)
            #expect(try parsed.event?.idempotencyKey == IdempotencyKey("from the header"))
        }
        let fault = InvalidValue(field: "idempotency_key", message: "must not be empty")
        let parsed = parse(#"{"event_type":"a","email":"a@b","idempotency_key":"good"}"#, headerKey: .fault(fault))
        #expect(parsed == .invalid(faults: [fault], key: nil))
    }
}
