import EventModel
import Testing

/// Scans a text that must be one value, and returns it.
func scan(_ bytes: [UInt8]) throws(JSONFault) -> JSONScanner.Value {
    let result = bytes.withUnsafeBufferPointer { bytes -> Result<JSONScanner.Value, JSONFault> in
        do throws(JSONFault) {
            var scanner = JSONScanner(bytes)
            return .success(try scanner.onlyValue())
        } catch {
            return .failure(error)
        }
    }
    return try result.get()
}

func scan(_ text: String) throws(JSONFault) -> JSONScanner.Value {
    try scan(Array(text.utf8))
}

@Suite("The JSON scanner")
struct JSONScannerTests {
    @Test(
        "tells what kind of value a text is",
        arguments: [
            ("{}", JSONScanner.Kind.object), ("[]", .array), (#""""#, .string), ("0", .number), ("true", .boolean),
            ("false", .boolean), ("null", .null), (" \t\r\n{ \t\r\n} \t\r\n", .object), (" [ ] ", .array),
            (#"{"a":1,"b":[true,false,null,"x",{}]}"#, .object), (#"{ "a" : 1 , "b" : [ 1 , 2 ] }"#, .object),
            (#"{"":""}"#, .object), (#"{"a":1,"a":2}"#, .object), (#"[[],[[]],{}]"#, .array), (#""é€😀""#, .string),
            ("\"\u{7F}\u{80}\u{2028}\"", .string),
        ]
    )
    func kinds(text: String, kind: JSONScanner.Kind) throws {
        #expect(try scan(text).kind == kind)
    }

    @Test(
        "takes the numbers of the grammar",
        arguments: [
            "0", "-0", "1", "-1", "10", "1234567890123456789012345678901234567890", "0.0", "-0.5", "1.50", "1e0", "1E0",
            "1e+0", "1e-0", "1e400", "1.5E-0400", "0e5", "100000e99999",
        ]
    )
    func numbers(text: String) throws {
        #expect(try scan(text).kind == .number)
        #expect(try scan("[\(text)]").kind == .array)
    }

    @Test(
        "refuses what the grammar of numbers does not have",
        arguments: [
            "+1", "-", "01", "-01", "00", "1.", ".5", "-.5", "1.e1", "1e", "1e+", "1e-", "1E", "1ee1", "1.1.1", "1e1.5",
            "0x10", "1_000", "NaN", "Infinity", "-Infinity", "1a", "--1", "1-", "１",
        ]
    )
    func badNumbers(text: String) {
        #expect(throws: JSONFault.self) { try scan(text) }
        #expect(throws: JSONFault.self) { try scan("[\(text)]") }
        #expect(throws: JSONFault.self) { try scan("{\"a\":\(text)}") }
    }

    @Test(
        "says what is wrong with a text, and where",
        arguments: [
            ("", JSONFault.Kind.unexpectedEnd, 0), (" ", .unexpectedEnd, 1), ("{", .unexpectedEnd, 1),
            ("[", .unexpectedEnd, 1), ("[1", .unexpectedEnd, 2), ("[1,", .unexpectedEnd, 3),
            ("\"abc", .unexpectedEnd, 4),
            (#"{"a""#, .unexpectedEnd, 4), (#"{"a":"#, .unexpectedEnd, 5), (#"{"a":1"#, .unexpectedEnd, 6),
            (#"{"a":1,"#, .unexpectedEnd, 7), ("tru", .unexpectedEnd, 3), ("-", .unexpectedEnd, 1),
            ("1.", .unexpectedEnd, 2), ("1e", .unexpectedEnd, 2), ("\"\\", .unexpectedEnd, 2),
            ("\"\\u00", .unexpectedEnd, 5), ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1),
            (#"{"a":1,}"#, .unexpectedByte, 7), ("{,}", .unexpectedByte, 1), ("{a:1}", .unexpectedByte, 1),
            ("{'a':1}", .unexpectedByte, 1), (#"{"a" 1}"#, .unexpectedByte, 5), (#"{"a"}"#, .unexpectedByte, 4),
            (#"{"a":}"#, .unexpectedByte, 5), (#"{1:2}"#, .unexpectedByte, 1), ("[1 2]", .unexpectedByte, 3),
            ("[1}", .unexpectedByte, 2), (#"{"a":1]"#, .unexpectedByte, 6), ("]", .unexpectedByte, 0),
            ("True", .unexpectedByte, 0), ("nul1", .unexpectedByte, 3), ("truefalse", .trailingBytes, 4),
            ("{}{}", .trailingBytes, 2), ("{} x", .trailingBytes, 3), ("1 2", .trailingBytes, 2),
            ("[1]]", .trailingBytes, 3), ("{}\0", .trailingBytes, 2), ("\u{FEFF}{}", .byteOrderMark, 0),
            (" \u{FEFF}{}", .unexpectedByte, 1), ("\u{A0}{}", .unexpectedByte, 0), ("\u{0B}1", .unexpectedByte, 0),
            ("\u{0C}1", .unexpectedByte, 0), ("/**/1", .unexpectedByte, 0), ("[1//\n]", .unexpectedByte, 2),
            ("01", .invalidNumber, 1), ("[1.x]", .invalidNumber, 3), ("\"\\x\"", .invalidEscape, 1),
            ("\"\\U0041\"", .invalidEscape, 1), ("\"a\\u00g0\"", .invalidEscape, 2), ("\"\\'\"", .invalidEscape, 1),
        ]
    )
    func faults(text: String, kind: JSONFault.Kind, offset: Int) {
        #expect(throws: JSONFault(kind: kind, offset: offset)) { try scan(text) }
    }

    @Test("refuses every control character in a string, and takes it escaped", arguments: UInt8(0)..<0x20)
    func controlCharacters(byte: UInt8) throws {
        let quote = UInt8(ascii: "\"")
        #expect(throws: JSONFault(kind: .controlCharacterInString, offset: 2)) {
            try scan([quote, UInt8(ascii: "a"), byte, quote])
        }
        let escaped = String(byte, radix: 16)
        #expect(try scan("\"\\u00" + (escaped.count == 1 ? "0" : "") + escaped + "\"").kind == .string)
    }

    @Test(
        "refuses every kind of broken UTF-8",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xC2, 0xC2],
            [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xE1, 0x80], [0xE1, 0x80, 0x41], [0xE1, 0x41, 0x80],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xEF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF1, 0x80, 0x80], [0xF1, 0x80, 0x80, 0x41], [0xF1, 0x80, 0x41, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], [0xFE],
            [0xFF],
        ] as [[UInt8]]
    )
    func brokenUTF8(sequence: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(throws: JSONFault(kind: .invalidUTF8, offset: 1)) { try scan([quote] + sequence + [quote]) }
        #expect(throws: JSONFault(kind: .invalidUTF8, offset: 1)) { try scan([quote] + sequence) }
        #expect(throws: JSONFault(kind: .invalidUTF8, offset: 2)) {
            try scan(Array("{\"".utf8) + sequence + Array("\":1}".utf8))
        }
    }

    @Test(
        "takes the first and the last scalar of every length",
        arguments: [
            "\u{20}", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "\u{FFFF}", "\u{10000}",
            "\u{10FFFF}",
        ]
    )
    func scalars(text: String) throws {
        #expect(try scan("\"\(text)\"").text?.range.count == text.utf8.count)
    }

    @Test(
        "counts how deep a value nests",
        arguments: [
            ("1", 0), ("[]", 0), ("{}", 0), ("[[]]", 1), (#"{"a":{}}"#, 1), (#"[[],[[[]]],[]]"#, 3),
            (#"{"a":[{"b":[]}],"c":[]}"#, 3), ("[1,[2],3]", 1),
        ]
    )
    func depth(text: String, depth: Int) throws {
        #expect(try scan(text).depth == depth)
    }

    @Test(
        "nests as deep as a body is long without running out of stack",
        arguments: [UInt8(ascii: "["), UInt8(ascii: "{")]
    )
    func bottomless(bracket: UInt8) throws {
        let count = Limits.requestBodyBytes
        #expect(throws: JSONFault.self) { try scan([UInt8](repeating: bracket, count: count)) }
        let closed =
            [UInt8](repeating: UInt8(ascii: "["), count: count / 2)
            + [UInt8](repeating: UInt8(ascii: "]"), count: count / 2)
        #expect(try scan(closed).depth == count / 2 - 1)
    }

    @Test("refuses every beginning of a document that is no document itself")
    func truncations() throws {
        let document = Array(#"{"a":[1,-2.5e+3,"\u00e9\n\ud83d\ude00é€😀",{"b":null}],"c":true,"d":false}"#.utf8)
        #expect(try scan(document).kind == .object)
        for count in 0..<document.count {
            #expect(throws: JSONFault.self, "the first \(count) bytes") { try scan(Array(document[..<count])) }
        }
    }

    @Test("walks the members of an object and hands out where names and values stand")
    func members() throws {
        let json = Array(#" { "a" : 1 , "\u0062" : [ 2 ] , "a":{"c":"x"} } "#.utf8)
        var found: [String] = []
        try json.withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            try scanner.expectStart()
            try scanner.members { (scanner: inout JSONScanner, name: JSONScanner.Text) throws(JSONFault) in
                let value = try scanner.value()
                let text = String(decoding: bytes[value.range], as: UTF8.self)
                found.append("\(scanner.string(of: name) ?? "?")=\(text) \(value.kind)")
            }
            try scanner.expectEnd()
        }
        #expect(found == ["a=1 number", "b=[ 2 ] array", #"a={"c":"x"} object"#])
    }
}
