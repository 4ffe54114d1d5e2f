import EventModel
import Testing

@Suite("Where payloads differ")
struct PayloadDifferenceTests {
    private func differences(
        _ old: String?,
        _ new: String?,
        type: String = "t",
        time: String? = nil,
        namesSameContact: Bool? = true
    ) throws -> [String] {
        let stored = StoredPayload(
            type: try EventType("t"),
            contactNumber: 1,
            time: nil,
            data: try old.map { try EventData($0) }
        )
        let event = NewEvent(
            type: try EventType(type),
            contact: .phone(try PhoneNumber("+4912345")),
            time: try time.map { try EventTime($0) },
            data: try new.map { try EventData($0) }
        )
        return stored.differences(from: event, namesSameContact: namesSameContact)
    }

    static let pairs: [(String?, String?, [String])] = [
        (#"{"a":1}"#, #"{"a":2}"#, ["/event_data/a"]),
        (
            #"{"a":1,"b":{"c":[1,2,3]}}"#, #"{"b":{"c":[1,5]},"d":null}"#,
            ["/event_data/a", "/event_data/b/c/1", "/event_data/b/c/2", "/event_data/d"]
        ),
        (
            #"{"a/b":1,"m~n":1,"":1}"#, #"{"a/b":2,"m~n":2,"":2}"#,
            ["/event_data/", "/event_data/a~1b", "/event_data/m~0n"]
        ),
        (#"{"a":{}}"#, #"{"a":[]}"#, ["/event_data/a"]), (#"{"a":[[1]]}"#, #"{"a":[{"b":1}]}"#, ["/event_data/a/0"]),
        (#"{"a":1,"a":2}"#, #"{"a":2,"a":1}"#, ["/event_data/a"]), (#"{"a":1}"#, #"{"a":1,"a":1}"#, ["/event_data/a"]),
        (#"{"\u0061":1.0,"b":true}"#, #"{"b":false,"a":10e-1}"#, ["/event_data/b"]),
        (nil, "{}", ["/event_data"]), ("{}", nil, ["/event_data"]),
    ]

    @Test("in their data, as JSON pointers and without what only spells the same differently", arguments: pairs)
    func data(old: String?, new: String?, pointers: [String]) throws {
        #expect(try differences(old, new) == pointers)
    }

    @Test("as a whole, where what is stored is damaged or nests deeper than any payload")
    func damaged() throws {
        let deep = String(repeating: #"{"a":"#, count: 100_000) + "1" + String(repeating: "}", count: 100_000)
        for bytes in [#"{"a":1#}"#, "", "{", "\u{0}", #"{"a":tsue}"#, deep] {
            let event = NewEvent(
                type: try EventType("t"),
                contact: .id(ContactID(rawValue: 1)),
                data: try EventData("{}")
            )
            let stored = StoredPayload(
                type: event.type,
                contactNumber: 1,
                time: nil,
                data: EventData(stored: Array(bytes.utf8))
            )
            #expect(stored.differences(from: event, namesSameContact: true) == ["/event_data"], "\(bytes.prefix(20))")
        }
    }

    @Test("in everything else, by the member's name")
    func members() throws {
        #expect(
            try differences("{}", #"{"a":1}"#, type: "u", time: "2026-01-01T00:00:00Z", namesSameContact: false)
                == ["/event_type", "/phone", "/event_time", "/event_data/a"]
        )
        // If no other difference is left, the contact must have been named differently.
        #expect(try differences("{}", "{}") == ["/phone"])
        #expect(try differences("{}", "{}", namesSameContact: nil) == ["/phone"])
    }

    @Test("in more places than are listed is told as one, and so is a place whose pointer is too long")
    func bounds() throws {
        func object(_ count: Int, _ value: Int) -> String {
            "{" + (0..<count).map { "\"n\($0)\":\(value)" }.joined(separator: ",") + "}"
        }
        #expect(try differences(object(17, 1), object(17, 2)).count == 17)
        #expect(try differences(object(18, 1), object(18, 2)) == ["/event_data"])
        let name = String(repeating: "x", count: 300)
        #expect(try differences(#"{"a":{"\#(name)":1}}"#, #"{"a":{"\#(name)":2}}"#) == ["/event_data/a"])
    }

    @Test("as a whole, where they are too large to be compared by members, and not where they only look different")
    func large() throws {
        let filler = String(repeating: "1,", count: Limits.differenceBytes / 2)
        let (one, other) = (#"{"a":[\#(filler)1],"b":1}"#, #"{"b":1.0, "a":[\#(filler)1]}"#)
        #expect(try differences(one, other) == ["/phone"])
        #expect(try differences(one, #"{"a":[\#(filler)2],"b":1}"#) == ["/event_data"])
        #expect(try differences(one, "{}") == ["/event_data"])
    }
}
