import EventModel
import Testing

@Suite("Event data")
struct EventDataTests {
    /// An object in which containers nest to a level; the object itself is level 0.
    static func nested(to level: Int) -> String {
        guard level > 0 else { return "{}" }
        let arrays = String(repeating: "[", count: level) + String(repeating: "]", count: level)
        return "{\"a\":\(arrays)}"
    }

    @Test(
        "is kept byte for byte",
        arguments: [
            "{}", "{ }", #"{"a":1.0}"#, #"{"a":1e400,"b":-0,"c":1234567890123456789012345678901234567890}"#,
            #"{"z":1, "a" : [ 1 ,2 ]}"#, #"{"a":1,"a":2}"#, #"{"\u0061":"\u00e9\/"}"#, #"{"a":"\ud800"}"#,
            "{\n\t\"é\":\"e\u{301}😀\"\r\n}",
        ]
    )
    func verbatim(json: String) throws {
        #expect(try EventData(json).utf8 == Array(json.utf8))
        #expect(try EventData(" \r\n\t" + json + "\n ").utf8 == Array(json.utf8))
        #expect(try EventData(utf8: Array(json.utf8)).utf8 == Array(json.utf8))
    }

    @Test(
        "is refused where it is no object",
        arguments: ["[]", "1", "null", "true", #""{}""#, "", "{", "{}{}", "{},", #"{"a":}"#, "\u{FEFF}{}", "{}\0"]
    )
    func noObject(json: String) {
        let error = #expect(throws: InvalidValue.self) { try EventData(json) }
        #expect(error?.field == "event_data")
    }

    @Test("nests to level 10 and no deeper", arguments: [(0, true), (1, true), (10, true), (11, false), (64, false)])
    func depth(level: Int, isTaken: Bool) {
        #expect(((try? EventData(EventDataTests.nested(to: level))) != nil) == isTaken)
        let objects =
            String(repeating: #"{"a":"#, count: level) + "{}" + String(repeating: "}", count: level)
        #expect(((try? EventData(objects)) != nil) == isTaken)
    }

    @Test("has at most 262,144 bytes, white space around it not counted")
    func size() throws {
        let empty = #"{"a":""}"#
        let longest = #"{"a":""# + String(repeating: "x", count: Limits.eventDataBytes - empty.utf8.count) + #""}"#
        #expect(try EventData("  \(longest)  ").utf8.count == Limits.eventDataBytes)
        #expect(throws: InvalidValue.self) { try EventData(longest.replacing("x\"}", with: "xx\"}")) }
    }

    @Test("is equal by its bytes only")
    func equality() throws {
        #expect(try EventData(#"{"a":1}"#) == EventData(#" {"a":1} "#))
        #expect(try EventData(#"{"a":1}"#) != EventData(#"{"a": 1}"#))
        #expect(try EventData("{\"é\":1}") != EventData("{\"e\u{301}\":1}"))
    }
}
