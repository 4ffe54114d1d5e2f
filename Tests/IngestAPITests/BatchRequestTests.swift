import EventModel
import IngestAPI
import TestSupport
import Testing

/// Parses a batch that is given as text.
func parseBatch(_ body: String, as format: BatchFormat = .lines) throws(InvalidValue) -> ParsedBatch {
    try parseBatch(Array(body.utf8), as: format)
}

func parseBatch(_ body: [UInt8], as format: BatchFormat = .lines) throws(InvalidValue) -> ParsedBatch {
    try body.withUnsafeBytes { bytes in
        Result { () throws(InvalidValue) in try BatchRequest.parse(body: bytes, as: format) }
    }
    .get()
}

extension ParsedBatch {
    /// The result of each event, in the order of the batch, in the terms of a single event.
    var items: [ParsedIngest] {
        var items: [ParsedIngest] = []
        var taken = 0
        for event in faulty {
            items += events[taken..<event.eventsBefore].map { .event($0) }
            taken = event.eventsBefore
            items.append(.invalid(faults: event.faults, key: event.key))
        }
        return items + events[taken...].map { .event($0) }
    }
}

@Suite("The body of a batch")
struct BatchRequestTests {
    private static let good = #"{"event_type":"a","email":"a@b"}"#

    /// Bodies of one event each, valid and invalid, without line breaks.
    private static let events = [
        good, #"{"event_type":"b","phone":"+4912345","idempotency_key":"k-1"}"#,
        #" { "event_type" : "c", "privy_id":"cus_0123456789abcdef", "event_data":{ "x" : [1.0, {"y":"\u00e9"}] } } "#,
        #"{"event_type":"d","email":"a@b","event_time":"2024-01-15T10:30:00.5Z","other":[[[]]]}"#,
        #"{"event_type":"","email":"x","idempotency_key":"k-2"}"#, "{}", "[]", "[{}]", "null", "1", #""{}""#,
        #"{"email":"a@b","email":"a@b","idempotency_key":"k-3"}"#,
        #"{"event_type":"a","email":"a@b","idempotency_key":""}"#,
        #"{"event_type":"a","email":"a@b","event_data":{"a":[[[[[[[[[[[]]]]]]]]]]]}}"#,
        "{\"x\":" + String(repeating: "[", count: 65) + String(repeating: "]", count: 65) + "}",
    ]
    /// Bodies that are not JSON.
    private static let malformed = [
        "{", "}", "{}{}", "{} x", "{'a':1}", #"{"a":1,}"#, #"{"a":01}"#, #"{"email":"a@b""#, "]", "{\"a\":\"\u{1}\"}",
        "nul",
        "\u{FEFF}{}",
    ]

    /// The result of a single event, as a batch reports it: the key of a malformed event does not count.
    private static func alone(_ body: String) -> ParsedIngest {
        let parsed = parse(body)
        return parsed.isMalformed ? .invalid(faults: parsed.faults, key: nil) : parsed
    }

    @Test("on lines: every event is what it is alone, and the others are untouched", arguments: events + malformed)
    func lines(event: String) throws {
        let batch = try parseBatch("\(Self.good)\n\(event)\n\(Self.good)\n")
        #expect(batch.items == [Self.alone(Self.good), Self.alone(event), Self.alone(Self.good)])
        #expect(batch.count == 3)
    }

    @Test("in an array: every event is what it is alone, and the others are untouched", arguments: events)
    func array(event: String) throws {
        let batch = try parseBatch("[\(Self.good),\(event) , \(Self.good)]", as: .array)
        let items = batch.items
        #expect(items.count == 3)
        #expect(items.first == Self.alone(Self.good))
        #expect(items.last == Self.alone(Self.good))
        #expect(items[1].event == parse(event).event)
        #expect(items[1].faultyFields == parse(event).faultyFields)
        #expect(items[1].keyOfInvalid == parse(event).keyOfInvalid)
    }

    @Test("in an array that is no JSON nobody can tell where the next event begins", arguments: malformed)
    func malformedArray(event: String) {
        let fault = #expect(throws: InvalidValue.self) {
            try parseBatch("[\(Self.good),\(event),\(Self.good)]", as: .array)
        }
        #expect(fault?.field == "base")
        #expect(fault?.message.contains("is not valid JSON") == true)
    }

    @Test("lines in any mixture, with either line end, are what each of them is alone")
    func mixtures() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var body = ""
            var expected: [ParsedIngest] = []
            for _ in 0..<Int.random(in: 1...20, using: &generator) {
                if let blank = ["", " ", "\t \r", "\r"].randomElement(using: &generator), Bool.random(using: &generator)
                {
                    body += blank + "\n"
                }
                guard let event = (Self.events + Self.malformed).randomElement(using: &generator) else { continue }
                body += event + (Bool.random(using: &generator) ? "\n" : "\r\n")
                expected.append(Self.alone(event))
            }
            if Bool.random(using: &generator) { body.removeLast() }
            #expect(try parseBatch(body).items == expected, "seed \(seed)")
        }
    }

    @Test(
        "may end with a line break or without, and blank lines count for nothing",
        arguments: ["#", "#\n", "#\r\n", "\n#", "\r\n\r\n#", " \n\t\n#\n \n", "#\n\n\n", "\n\n#\r"]
    )
    func lineEnds(form: String) throws {
        let batch = try parseBatch(form.replacing("#", with: Self.good))
        #expect(batch.items == [parse(Self.good)])
    }

    @Test(
        "is refused as a whole where it holds no event, or is no array",
        arguments: [
            ("", .lines, "at least one"), ("\n\r\n \t\n", .lines, "at least one"), ("[]", .array, "at least one"),
            (" [ ] ", .array, "at least one"), ("", .array, "ends early"), ("{}", .array, "one JSON array"),
            ("null", .array, "one JSON array"), ("{", .array, "ends early"), ("[", .array, "ends early"),
            ("[{}", .array, "ends early"), ("[{},]", .array, "unexpected byte"), ("[{}] x", .array, "follows"),
            ("[{}][{}]", .array, "follows"), ("{}\n{}", .array, "follows"), ("\u{FEFF}[{}]", .array, "byte-order mark"),
            ("[{} {}]", .array, "unexpected byte"), ("[,{}]", .array, "unexpected byte"),
        ] as [(String, BatchFormat, String)]
    )
    func refused(body: String, format: BatchFormat, message: String) {
        let fault = #expect(throws: InvalidValue.self) { try parseBatch(body, as: format) }
        #expect(fault?.field == "base")
        #expect(fault?.message.contains(message) == true)
    }

    @Test("holds up to 1,000 events, of whatever kind", arguments: [BatchFormat.lines, .array], ["{}", good])
    func manyEvents(format: BatchFormat, event: String) throws {
        func body(_ count: Int) -> String {
            let events = Array(repeating: event, count: count)
            return format == .lines ? events.joined(separator: "\n") : "[\(events.joined(separator: ","))]"
        }
        #expect(try parseBatch(body(Limits.batchEvents), as: format).count == Limits.batchEvents)
        let fault = #expect(throws: InvalidValue.self) { try parseBatch(body(Limits.batchEvents + 1), as: format) }
        #expect(fault == InvalidValue(field: "base", message: "must hold at most 1000 events"))
    }

    @Test(
        "holds events of up to 262,144 bytes each; the line's end does not count",
        arguments: [("\n", .lines), ("\r\n", .lines), (",", .array)] as [(String, BatchFormat)]
    )
    func largeEvents(separator: String, format: BatchFormat) throws {
        func event(_ byteCount: Int) -> String {
            let (front, back) = (#"{"event_type":"a","email":"a@b","event_data":{"x":""#, "\"}}")
            return front + String(repeating: "x", count: byteCount - front.utf8.count - back.utf8.count) + back
        }
        let events = [Limits.requestBodyBytes, Limits.requestBodyBytes + 1, 100].map(event)
        let body = events.joined(separator: separator)
        let items = try parseBatch(format == .lines ? body : "[\(body)]", as: format).items
        #expect(items.map(\.faultyFields) == [[], ["base"], []])
        #expect(items[1].faults == [InvalidValue(field: "base", message: "must have at most 262144 bytes")])
    }

    @Test("keeps event_data byte for byte", arguments: [BatchFormat.lines, .array])
    func verbatim(format: BatchFormat) throws {
        let spellings = [
            #"{"n":1.0,"m":1e400}"#, #"{"s":"\u0000\u00e9\/\ud800"}"#, "{ \"a\"\t: [ 1 ,2 ] }", #"{"b":1,"a":2,"a":3}"#,
            "{}",
            #"{"é":"日本","q":"\"a\""}"#,
        ]
        let events = spellings.map { "{\"event_data\":\($0),\"event_type\":\"a\",\"email\":\"a@b\"}" }
        let body = format == .lines ? events.joined(separator: "\n") : "[\(events.joined(separator: ","))]"
        #expect(try parseBatch(body, as: format).events.map { $0.data?.description } == spellings)
    }

    @Test("may spread over lines as an array, but not as lines")
    func lineBreaksInside() throws {
        let event = "{\"event_type\":\"a\",\n\"email\":\"a@b\",\"event_data\":{\r\n}}"
        let batch = try parseBatch("[\n\(event)\n,\n\(event)\n]\n", as: .array)
        #expect(batch.events.map { $0.data?.description } == ["{\r\n}", "{\r\n}"])
        #expect(try parseBatch(event).items.allSatisfy { $0.faultyFields == ["base"] })
    }

    @Test("that is no UTF-8 on one line is the fault of this line")
    func brokenUTF8() throws {
        let broken = Array(#"{"event_type":"a","email":"a@b","x":""#.utf8) + [0xC3, 0x28] + Array("\"}\n".utf8)
        let batch = try parseBatch(broken + Array(Self.good.utf8))
        #expect(batch.items.map(\.faultyFields) == [["base"], []])
    }

    @Test("of opening brackets alone is refused without running out of stack", arguments: [BatchFormat.lines, .array])
    func bottomless(format: BatchFormat) throws {
        let brackets = String(repeating: "[", count: Limits.batchBodyBytes)
        switch format {
        case .lines: #expect(try parseBatch(brackets).items.map(\.faultyFields) == [["base"]])
        case .array: #expect(throws: InvalidValue.self) { try parseBatch(brackets, as: .array) }
        }
    }

    @Test("a line by itself is what it is in a batch", arguments: events + malformed)
    func oneLine(event: String) throws {
        let parsed = Array(event.utf8).withUnsafeBytes { BatchRequest.parse(line: $0) }
        #expect(parsed == parse(event))
        let blank = Array(" \t\r".utf8).withUnsafeBytes { BatchRequest.parse(line: $0) }
        #expect(blank == nil)
    }
}
