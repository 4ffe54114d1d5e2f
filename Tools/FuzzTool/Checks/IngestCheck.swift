import EventModel
import IngestAPI

/// The body of `POST /v1/events`, checked against the contract.
///
/// An input is a body, or the value of the `Idempotency-Key` header, a record separator (U+001E) and a body.
enum IngestCheck {
    private static let separator: UInt8 = 0x1E

    static func check(_ input: UnsafeRawBufferPointer) throws(Finding) -> Verdict {
        var body = input
        var header: String?
        if let end = input.firstIndex(of: separator) {
            header = String(decoding: input[..<end], as: UTF8.self)
            body = UnsafeRawBufferPointer(rebasing: input[(end + 1)...])
        }
        let bytes = Array(body)
        let headerKey = header.map { IdempotencyKeyHeader(.once($0)) } ?? .absent
        let parsed = IngestRequest.parse(body: body, headerKey: headerKey)
        try checkElsewhere(bytes, headerKey, parsed)
        if let expected = try ReferenceIngest.expectation(of: bytes, header: header) {
            try expectSame(outline(parsed), expected, "what the body came to")
        }
        for fault in faults(of: parsed) { try expect(!fault.message.isEmpty, "a fault without a message") }
        if case .event(let event) = parsed {
            try checkSpelledAgain(event, bytes, headerKey)
            return .taken
        }
        return .refused
    }

    /// The result of a body, without the messages of its faults.
    static func outline(_ parsed: ParsedIngest) -> ReferenceIngest.Expectation {
        switch parsed {
        case .event(let event): .event(event)
        case .invalid(let faults, let key): .invalid(fields: faults.map(\.field), key: key?.utf8)
        case .malformed(let faults): .malformed(fields: faults.map(\.field))
        }
    }

    private static func faults(of parsed: ParsedIngest) -> [InvalidValue] {
        switch parsed {
        case .event: []
        case .invalid(let faults, _), .malformed(let faults): faults
        }
    }

    /// The same bytes elsewhere in memory, with others around them, have the same result.
    private static func checkElsewhere(
        _ bytes: [UInt8],
        _ headerKey: IdempotencyKeyHeader,
        _ parsed: ParsedIngest
    ) throws(Finding) {
        let shift = 1 + Int(seed(of: bytes) % 7)
        let buffer = Array(repeating: UInt8(ascii: "}"), count: shift) + bytes + Array("\"}}]]0\"".utf8)
        let again = buffer.withUnsafeBytes {
            IngestRequest.parse(
                body: UnsafeRawBufferPointer(rebasing: $0[shift..<(shift + bytes.count)]),
                headerKey: headerKey
            )
        }
        try expectSame(again, parsed, "what the body came to at another place")
    }

    /// In another spelling the event is the same, except for the spelling of its data.
    private static func checkSpelledAgain(
        _ event: NewEvent,
        _ bytes: [UInt8],
        _ headerKey: IdempotencyKeyHeader
    ) throws(Finding) {
        guard let node = ReferenceJSON.read(bytes).node else { throw Finding("an event that is no JSON") }
        var respelling = Respelling(seed: seed(of: bytes))
        let text = respelling.spell(node)
        let again = Array(text.utf8).withUnsafeBytes { IngestRequest.parse(body: $0, headerKey: headerKey) }
        guard case .event(var other) = again else { throw Finding("refuses another spelling: \(text)") }
        try expectSame(PayloadFingerprint(of: other), PayloadFingerprint(of: event), "the fingerprint of \(text)")
        other.data = event.data
        try expectSame(other, event, "the event in another spelling")
    }
}
