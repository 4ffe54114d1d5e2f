import EventLedger
import Testing

@testable import StoreAdmin

@Suite("The writers of results")
struct WriterTests {
    private struct Pair: Sendable {
        var name: Field
        var value: Field
    }

    private let listing = Listing<Pair>([.init("name") { $0.name }, .init("value") { $0.value }])

    private func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test(
        "A value is written as JSON",
        arguments: [
            (Field.null, "null"), (.text(""), "\"\""), (.text("a\"b\\c"), #""a\"b\\c""#), (.integer(-3), "-3"),
            (.text("a\nb\u{0}\u{1F}\u{7F}"), #""a\u000ab\u0000\u001f"# + "\u{7F}\""),
            (.text("é e\u{301} 日本"), "\"é e\u{301} 日本\""), (.boolean(true), "true"), (.boolean(false), "false"),
            (.byteCount(5_000), "5000"), (.texts([]), "[]"), (.texts(["a", "b"]), #"["a","b"]"#),
            (.json(Array(#"{ "a" : 1.0 }"#.utf8)), #"{ "a" : 1.0 }"#),
        ]
    )
    func json(field: Field, expected: String) {
        let pair = Pair(name: .text("n"), value: field)
        #expect(
            Array(string(listing.text(of: pair, as: .json)).utf8) == document("{\"name\":\"n\",\"value\":\(expected)}")
        )
    }

    private func document(_ data: String) -> [UInt8] { Array("{\"data\":\(data)}\n".utf8) }

    @Test(
        "A time has at least milliseconds in a table, and is written as it came for programs",
        arguments: [
            ("2024-01-15T10:30:00Z", "2024-01-15T10:30:00.000Z"),
            ("2024-01-15T10:30:00.12Z", "2024-01-15T10:30:00.120Z"),
            ("2024-01-15T10:30:00.123456789Z", "2024-01-15T10:30:00.123456789Z"),
        ]
    )
    func time(text: String, inTable: String) throws {
        let pair = Pair(name: .text("n"), value: .time(try EventTime(text)))
        #expect(string(listing.text(of: pair, as: .table)) == "name   n\nvalue  \(inTable)\n")
        #expect(string(listing.text(of: pair, as: .json)).contains("\"\(text)\""))
        #expect(string(listing.text(of: pair, as: .csv)).contains("n,\(text)\r\n"))
    }

    @Test("A listing is one JSON document, with its further members after the data")
    func jsonListing() {
        let rows = [Pair(name: .text("a"), value: .integer(1)), Pair(name: .text("b"), value: .null)]
        let text = string(
            listing.text(of: rows, as: .json, members: [Member(name: "has_more", value: .boolean(false))])
        )
        #expect(
            text == #"{"data":[{"name":"a","value":1},{"name":"b","value":null}],"has_more":false}"# + "\n"
        )
        #expect(string(listing.text(of: [], as: .json)) == #"{"data":[]}"# + "\n")
    }

    @Test(
        "A field of CSV is quoted where it must be, and only there",
        arguments: [
            (Field.null, ""), (.text(""), ""), (.text("plain text"), "plain text"), (.text("a,b"), "\"a,b\""),
            (.text("say \"hi\""), "\"say \"\"hi\"\"\""), (.text("a\nb"), "\"a\nb\""), (.text("a\r\nb"), "\"a\r\nb\""),
            (.text("a\rb"), "\"a\rb\""), (.text("=1+1"), "=1+1"), (.text(" a "), " a "), (.integer(7), "7"),
            (.byteCount(2_048), "2048"), (.boolean(false), "false"), (.texts(["a", "b"]), "a b"),
            (.json(Array(#"{"a":"b"}"#.utf8)), #""{""a"":""b""}""#), (.json(Array("[]".utf8)), "[]"),
        ]
    )
    func csv(field: Field, expected: String) {
        let bytes = listing.text(of: [Pair(name: .text("n"), value: field)], as: .csv)
        #expect(bytes == Array("name,value\r\nn,\(expected)\r\n".utf8))
    }

    @Test("A table is aligned by what a terminal shows, numbers to the right")
    func table() {
        let rows = [
            Pair(name: .text("a"), value: .integer(1)), Pair(name: .text("日本語"), value: .integer(1_000)),
            Pair(name: .text("e\u{301}"), value: .null), Pair(name: .text("👩‍👩‍👧"), value: .integer(22)),
        ]
        #expect(
            string(listing.text(of: rows, as: .table)) == """
                name    value
                a           1
                日本語   1000
                e\u{301}           -
                👩‍👩‍👧         22

                """
        )
    }

    @Test("Text in the last column has no spaces after it")
    func lastColumn() {
        let rows = [Pair(name: .text("a"), value: .text("x")), Pair(name: .text("b"), value: .text("longer"))]
        #expect(string(listing.text(of: rows, as: .table)) == "name  value\na     x\nb     longer\n")
    }

    @Test("A record is a line for each value")
    func record() {
        let pair = Pair(name: .text("a"), value: .byteCount(1_536))
        #expect(string(listing.text(of: pair, as: .table)) == "name   a\nvalue  1536 bytes (1.5 KiB)\n")
    }

    @Test(
        "What would disturb a terminal is spelled out in a table",
        arguments: [
            ("a\u{1B}[31mb", #"a\u{1B}[31mb"#), ("a\nb\tc\rd", #"a\nb\tc\rd"#), ("a\r\nb", #"a\r\nb"#),
            ("\u{202E}abc", #"\u{202E}abc"#), ("\u{9B}0m", #"\u{9B}0m"#), ("\u{7F}", #"\u{7F}"#),
            ("\u{2028}", #"\u{2028}"#), ("plain é 日本", "plain é 日本"), ("👩‍👩‍👧", "👩‍👩‍👧"),
        ]
    )
    func visible(text: String, expected: String) {
        #expect(string(listing.text(of: [Pair(name: .text("n"), value: .text(text))], as: .table)).contains(expected))
        #expect(text.visible == expected)
    }

    @Test(
        "The width of a text is the columns that it takes",
        arguments: [
            ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("ｱ", 1), ("Ａ", 2), ("👍", 2), ("👍🏽", 2),
            ("🇩🇪", 2), ("❤️", 2), ("❤", 1), ("한국", 4), ("1", 1), ("а", 1),
        ]
    )
    func width(text: String, expected: Int) {
        #expect(text.displayWidth == expected)
    }

    @Test(
        "A text is cut to a width, and says so",
        arguments: [
            ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("", 5, ""), ("日本語", 6, "日本語"), ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
        ]
    )
    func abridged(text: String, width: Int, expected: String) {
        #expect(text.abridged(toWidth: width) == expected)
        #expect(text.abridged(toWidth: width).displayWidth <= width)
    }

    @Test("A listing's table cuts JSON short, and a record's does not")
    func longJSON() {
        let json = Field.json(Array("{\"a\":\"\(String(repeating: "x", count: 200))\"}".utf8))
        let pair = Pair(name: .text("n"), value: json)
        #expect(string(listing.text(of: [pair], as: .table)).hasSuffix("x…\n"))
        #expect(string(listing.text(of: pair, as: .table)).hasSuffix("x\"}\n"))
    }

    @Test(
        "A size has a form for people, never more than there is",
        arguments: [
            (0, nil), (1_023, nil), (1_024, "1.0 KiB"), (1_048_575, "1023.9 KiB"), (1_048_576, "1.0 MiB"),
            (5_368_709_120, "5.0 GiB"), (Int64.max, "7.9 EiB"),
        ] as [(Int64, String?)]
    )
    func size(bytes: Int64, expected: String?) {
        #expect(TableWriter.humanSize(bytes) == expected)
    }
}
