import EventModel
import TestSupport
import Testing

@Suite("A payload's fingerprint")
struct PayloadFingerprintTests {
    private static let type = "order_completed"

    private func fingerprint(_ data: String) throws -> PayloadFingerprint {
        try PayloadFingerprint(of: event(data: data))
    }

    private func event(
        type: String = PayloadFingerprintTests.type,
        contact: ContactReference? = nil,
        time: String? = nil,
        data: String? = nil,
        key: String? = nil
    ) throws -> NewEvent {
        NewEvent(
            type: try EventType(type),
            contact: try contact ?? .email(EmailAddress("jane@example.com")),
            time: try time.map { text throws(InvalidValue) in try EventTime(text) },
            data: try data.map { text throws(InvalidValue) in try EventData(text) },
            idempotencyKey: try key.map { text throws(InvalidValue) in try IdempotencyKey(text) }
        )
    }

    @Test(
        "is the same for data that means the same",
        arguments: [
            (#"{"a":1,"b":2}"#, #"{"b":2,"a":1}"#), (#"{"a":1,"b":2}"#, " {\n\"a\" :\t1 , \"b\":2 }"),
            (#"{"a":{"x":1,"y":[1,{"p":1,"q":2}]}}"#, #"{"a":{"y":[1,{"q":2,"p":1}],"x":1}}"#),
            (#"{"email":1}"#, #"{"\u0065mail":1}"#), (#"{"a":"é"}"#, #"{"a":"\u00e9"}"#),
            (#"{"a":"\u00E9"}"#, #"{"a":"\u00e9"}"#), (#"{"a":"/"}"#, #"{"a":"\/"}"#),
            (#"{"a":"\n"}"#, #"{"a":"\u000A"}"#), (#"{"a":"😀"}"#, #"{"a":"\ud83d\ude00"}"#),
            (#"{"a":"\ud800"}"#, #"{"a":"\uD800"}"#), (#"{"a":1,"a":2}"#, #"{ "a":1, "a":2 }"#),
            (#"{"b":0,"a":1,"a":2}"#, #"{"a":1,"b":0,"a":2}"#), (#"{"b":0,"a":1,"a":2}"#, #"{"a":1,"a":2,"b":0}"#),
            (#"{"a":"\u0000"}"#, #"{ "a":"\u0000"}"#),
        ]
    )
    func sameMeaning(left: String, right: String) throws {
        #expect(try fingerprint(left) == fingerprint(right))
    }

    @Test(
        "differs for data that means something else",
        arguments: [
            (#"{"a":1}"#, #"{"a":2}"#), (#"{"a":1}"#, #"{"b":1}"#), (#"{"a":1}"#, #"{"A":1}"#), ("{}", #"{"a":null}"#),
            (#"{"a":1}"#, #"{"a":"1"}"#), (#"{"a":true}"#, #"{"a":"true"}"#), (#"{"a":null}"#, #"{"a":false}"#),
            (#"{"a":true}"#, #"{"a":false}"#), (#"{"a":null}"#, #"{"a":""}"#), (#"{"a":[]}"#, #"{"a":{}}"#),
            (#"{"a":0}"#, #"{"a":null}"#), (#"{"a":0}"#, #"{"a":""}"#), (#"{"a":[1,2]}"#, #"{"a":[2,1]}"#),
            (#"{"a":[1,[2]]}"#, #"{"a":[[1],2]}"#), (#"{"a":[1,2]}"#, #"{"a":[12]}"#), (#"{"a":[1]}"#, #"{"a":1}"#),
            (#"{"a":1,"a":2}"#, #"{"a":2,"a":1}"#), (#"{"b":0,"a":1,"a":2}"#, #"{"b":0,"a":2,"a":1}"#),
            (#"{"a":1,"a":2}"#, #"{"a":2}"#), (#"{"a":1,"a":1}"#, #"{"a":1}"#),
            ("{\"a\":\"\u{E9}\"}", "{\"a\":\"e\u{301}\"}"), (#"{"a":"\ud800"}"#, #"{"a":"\ud801"}"#),
            (#"{"a":"\ud800"}"#, #"{"a":"\udc00"}"#), (#"{"a":"\ud800"}"#, #"{"a":"\ufffd"}"#),
            (#"{"a":"\ud800"}"#, #"{"a":"?"}"#), (#"{"a":"\ud800"}"#, #"{"a":""}"#), (#"{"a":"\\n"}"#, #"{"a":"\n"}"#),
            (#"{"a":{"b":1},"c":2}"#, #"{"a":{"b":1,"c":2}}"#), (#"{"a":["b","c"]}"#, #"{"a":["bc"]}"#),
            (#"{"ab":"c"}"#, #"{"a":"bc"}"#), (#"{"a":"b\",\"c\":\"d"}"#, #"{"a":"b","c":"d"}"#),
            (#"{"a":"\u0000"}"#, #"{"a":""}"#), (#"{"a":"x\u0000y"}"#, #"{"a":"x\u0000z"}"#),
        ]
    )
    func otherMeaning(left: String, right: String) throws {
        #expect(try fingerprint(left) != fingerprint(right))
    }

    @Test("compares numbers by their exact value, however they are spelled", arguments: spellingsOfNumbers.indices)
    func numbers(row: Int) throws {
        let fingerprints = try spellingsOfNumbers.map { row in
            try row.map { spelling in try fingerprint("{\"a\":\(spelling)}") }
        }
        for spelling in fingerprints[row].indices {
            #expect(fingerprints[row][spelling] == fingerprints[row][0], "\(spellingsOfNumbers[row][spelling])")
        }
        for other in fingerprints.indices where other != row {
            #expect(
                !fingerprints[other].contains(fingerprints[row][0]),
                "\(spellingsOfNumbers[other]) is another number"
            )
        }
    }

    /// Few members are sorted in a different way than many.
    @Test("does not depend on the order of members, but for those of one name", arguments: [2, 3, 16, 17, 300])
    func orderOfMembers(count: Int) throws {
        let members = (0..<count).map { "\"\($0)\":\($0)" }
        func object(_ members: [String]) throws -> PayloadFingerprint {
            try fingerprint("{\(members.joined(separator: ","))}")
        }
        let inOrder = try object(members)
        #expect(try object(members.reversed()) == inOrder)
        #expect(try object(Array(members[(count / 2)...] + members[..<(count / 2)])) == inOrder)

        let repeated = members + ["\"0\":true"]
        let repeatedInOrder = try object(repeated)
        #expect(try object([repeated[0]] + repeated.dropFirst().reversed()) == repeatedInOrder)
        #expect(try object(repeated.reversed()) != repeatedInOrder)
    }

    @Test("tells events apart by everything but their key")
    func members() throws {
        let id = try #require(ContactID("cus_0000000000000001"))
        let events = [
            try event(),
            try event(type: "order_complete"),
            try event(contact: .email(EmailAddress("john@example.com"))),
            try event(contact: .phone(PhoneNumber("+14155552671"))),
            try event(contact: .phone(PhoneNumber("+14155552672"))),
            try event(contact: .id(id)),
            try event(time: "2024-01-15T10:30:00Z"),
            try event(time: "2024-01-15T10:30:00.000000001Z"),
            try event(time: "2016-12-31T23:59:59Z"),
            try event(time: "2016-12-31T23:59:60Z"),
            try event(time: "1970-01-01T00:00:00Z"),
            try event(data: "{}"),
            try event(data: #"{"a":1}"#),
            try event(time: "2024-01-15T10:30:00Z", data: "{}"),
        ]
        #expect(Set(events.map(PayloadFingerprint.init(of:))).count == events.count)
    }

    @Test("is the same for the same instant, the same address in other letters, and another key")
    func equalMembers() throws {
        let fingerprint = PayloadFingerprint(of: try event(time: "2024-01-15T10:30:00.5Z"))
        let spelledOtherwise = try event(
            contact: .email(EmailAddress("JANE@Example.com")),
            time: "2024-01-15t10:30:00.500-00:00",
            key: "a key"
        )
        #expect(PayloadFingerprint(of: spelledOtherwise) == fingerprint)
        #expect(fingerprint.bytes.count == PayloadFingerprint.byteCount)
        #expect(fingerprint.bytes.withUnsafeBytes(PayloadFingerprint.init(stored:)) == fingerprint)
    }

    @Test("never changes, since stored ones are compared with new ones")
    func stability() throws {
        let event = try event(
            time: "2024-01-15T10:30:00.5Z",
            data: #"{"b":[1.50,-0,true,null,"é\ud800"],"a":{}}"#
        )
        #expect(PayloadFingerprint(of: event).description == "ed1d779e566a0639df75")
    }

    @Test(
        "is the same for every spelling of a random document, and another one when a leaf changes",
        arguments: SeededGenerator.seeds(4)
    )
    func randomDocuments(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let tree = JSONTree.randomObject(depth: 3, &generator)
            let first = tree.spelled(&generator)
            let fingerprint = try fingerprint(first)
            let second = tree.spelled(&generator)
            #expect(try self.fingerprint(second) == fingerprint, "\(first) and \(second)")
            let changed = tree.changing(leaf: Int.random(in: 0..<tree.leafCount, using: &generator))
            let third = changed.spelled(&generator)
            #expect(try self.fingerprint(third) != fingerprint, "\(first) and \(third)")
        }
    }
}

/// Each row is one number in several spellings; numbers of two rows differ.
private let spellingsOfNumbers: [[String]] = [
    ["0", "-0", "0.0", "-0.00", "0e5", "0E-400", "-0e99999999999999999999", "0.000e+1"],
    ["1", "1.0", "1.000", "10e-1", "0.1e1", "100e-2", "1e0", "1E+0", "1e-0", "1e00000000000000000000000"],
    ["-1", "-1.0", "-10e-1", "-0.1e1"],
    ["10", "1e1", "10.0", "0.1e2", "1E+01"],
    ["100", "1e2", "1.00e2"],
    ["0.1", "1e-1", "0.10", "10e-2", "0.01e1"],
    ["0.01", "1e-2", "0.0001e2"],
    ["1.5", "15e-1", "0.15e1", "1.50", "150e-2"],
    ["15", "1.5e1", "150e-1"],
    ["105", "1.05e2", "105.0", "1050e-1"],
    ["1e400", "10e399", "0.1e401", "1e+400", "1E0400"],
    ["1e401"],
    ["1e-400", "10e-401"],
    [
        "1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890.0",
        "123456789012345678901234567890123456789e1", "1.23456789012345678901234567890123456789e39",
    ],
    ["1234567890123456789012345678901234567891"],
    ["0.1000000000000000000000000000000000000001"],
    // Beyond the range of a 64-bit integer, where the shift of the decimal point carries over many digits.
    ["1e100000000000000000000", "10e99999999999999999999", "0.1e100000000000000000001", "1e0100000000000000000000"],
    ["1e99999999999999999999", "0.1e100000000000000000000", "10e99999999999999999998"],
    ["1e-100000000000000000000", "10e-100000000000000000001", "0.1e-99999999999999999999"],
    ["1e-99999999999999999999", "0.1e-99999999999999999998"],
    // One spelling's exponent has 18 digits and the other's 17.
    ["1e100000000000000000", "10e99999999999999999"],
    ["1e-100000000000000000", "0.1e-99999999999999999"],
    ["9007199254740992"], ["9007199254740993"],
]
