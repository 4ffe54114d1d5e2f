import EventModel
import IngestAPI
import Testing

@Suite("How deep an ingest may nest")
struct IngestDepthTests {
    private static func arrays(_ count: Int) -> String {
        String(repeating: "[", count: count) + String(repeating: "]", count: count)
    }

    private static func body(_ member: String) -> String {
        "{\"event_type\":\"a\",\"email\":\"a@b\",\(member)}"
    }

    @Test(
        "event_data: to level 10, itself being level 0",
        arguments: [(9, true), (10, true), (11, false), (64, false), (65, false)]
    )
    func eventData(level: Int, isTaken: Bool) {
        let parsed = parse(Self.body("\"event_data\":{\"x\":\(Self.arrays(level))}"))
        #expect((parsed.event != nil) == isTaken)
        // If it nests deeper than even the body may, the field is still at fault, and the key still counts.
        #expect(parsed.faultyFields == (isTaken ? [] : ["event_data"]))
        #expect(!parsed.isMalformed)
    }

    @Test(
        "other members: to level 64, the body itself being level 0",
        arguments: [(1, true), (63, true), (64, true), (65, false)]
    )
    func ignoredMembers(level: Int, isTaken: Bool) {
        let parsed = parse(Self.body("\"x\":\(Self.arrays(level))"))
        #expect((parsed.event != nil) == isTaken)
        #expect(parsed.isMalformed == !isTaken)
        #expect(parsed.faultyFields == (isTaken ? [] : ["base"]))
    }

    @Test("members that are read and are no strings, likewise", arguments: [(64, ["email"]), (65, ["base"])])
    func readMembers(level: Int, fields: [String]) {
        #expect(parse("{\"event_type\":\"a\",\"email\":\(Self.arrays(level))}").faultyFields == fields)
    }

    @Test("a whole body of opening brackets is refused without running out of stack", arguments: ["[", #"{"a":"#, "{"])
    func bottomless(opening: String) {
        let count = Limits.requestBodyBytes / opening.utf8.count
        for start in ["", "{\"event_data\":", "{\"x\":"] {
            let parsed = parse(start + String(repeating: opening, count: count))
            #expect(parsed.isMalformed)
        }
    }

    @Test("event_data of as many levels as fit in a body is a fault of that field")
    func bottomlessEventData() {
        let head = "{\"event_type\":\"a\",\"email\":\"a@b\",\"event_data\":{\"a\":"
        let levels = (Limits.requestBodyBytes - head.utf8.count - 2) / 2
        let parsed = parse(head + Self.arrays(levels) + "}}")
        #expect(parsed.faultyFields == ["event_data"])
        #expect(!parsed.isMalformed)
    }
}
