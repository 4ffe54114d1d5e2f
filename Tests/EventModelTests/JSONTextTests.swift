import EventModel
import Testing

@Suite("A JSON string's contents")
struct JSONTextTests {
    @Test(
        "are what its escapes stand for",
        arguments: [
            (#""""#, ""), (#""abc""#, "abc"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041""#, "A"),
            (#""\u00e9\u00E9""#, "éé"), (#""\u20ac""#, "€"), (#""\ud83d\ude00""#, "😀"), (#""\uD83D\uDE00x""#, "😀x"),
            (#""\u0000""#, "\0"), (#""\u007f\u0080\u07ff\u0800\uffff""#, "\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}"),
            (#""\ud800\udc00\udbff\udfff""#, "\u{10000}\u{10FFFF}"), (#""é\u0301""#, "é\u{301}"),
            (#""\\u0041""#, "\\u0041"),
        ]
    )
    func escapes(json: String, text: String) throws {
        #expect(try contents(json).map { Array($0.utf8) } == Array(text.utf8))
    }

    @Test(
        "are no text where a surrogate stands alone",
        arguments: [
            #""\ud800""#, #""\udc00""#, #""\ud800\ud800""#, #""\udc00\ud800""#, #""a\ud800b""#, #""\ud800\u0041""#,
            #""\ud800\n""#, #""\ud83dé""#, #""\ud83d\ude00\ude00""#, #""\ud800\\udc00""#,
        ]
    )
    func loneSurrogates(json: String) throws {
        #expect(try contents(json) == nil)
    }

    @Test(
        "are a name however it is escaped",
        arguments: [
            (#""email""#, true), (#""\u0065mail""#, true), (#""\u0065\u006d\u0061\u0069\u006c""#, true),
            (#""Email""#, false), (#""emai""#, false), (#""emails""#, false), (#""\u0045mail""#, false),
            (#""""#, false),
            (#""email\u0000""#, false),
        ]
    )
    func names(json: String, isEmail: Bool) throws {
        let isEqual = try Array(json.utf8).withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            let text = try scanner.string()
            return scanner.text(text, equals: "email")
        }
        #expect(isEqual == isEmail)
    }

    private func contents(_ json: String) throws -> String? {
        try Array(json.utf8).withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            return scanner.string(of: try scanner.string())
        }
    }
}
