package import EventModel

/// What the body of `POST /v1/events`, or one event of a batch, came to.
package enum ParsedIngest: Sendable, Hashable {
    /// A good event, with its key where there is one.
    case event(NewEvent)
    /// Good JSON, but the key or other members break a rule. A known key answers all the same, whatever else the body
    /// says, so `key` is there where it is good.
    case invalid(faults: [InvalidValue], key: IdempotencyKey?)
    /// No JSON object in which every one of our names stands once at most: refused without a look at the key.
    case malformed(faults: [InvalidValue])

    /// An event of a batch that has too many bytes: refused without a look at anything in it.
    package static func tooLarge(limitBytes: Int) -> ParsedIngest {
        .malformed(faults: [InvalidValue(field: "base", message: "must have at most \(limitBytes) bytes")])
    }

    /// A text that is no JSON object.
    init(_ fault: JSONFault) {
        self = .malformed(faults: [InvalidValue(field: "base", message: fault.message)])
    }
}

/// Reads the body of `POST /v1/events` in one pass.
package enum IngestRequest {
    /// Reads a body.
    ///
    /// - Parameters:
    ///   - body: The whole body, at most ``Limits/requestBodyBytes``; only what becomes part of the event is copied.
    ///   - headerKey: What the `Idempotency-Key` header held. Where it is there it wins over the body's member, be it
    ///     good or bad.
    /// - Returns: The event, or every fault that can be told in one pass.
    package static func parse(
        body: UnsafeRawBufferPointer,
        headerKey: IdempotencyKeyHeader = .absent
    ) -> ParsedIngest {
        body.withMemoryRebound(to: UInt8.self) { bytes in
            var members = IngestMembers()
            return parse(bytes, with: &members, headerKey: headerKey)
        }
    }

    /// Reads a text that is one event.
    ///
    /// - Parameter members: What reads the members; it holds those of this event afterwards.
    static func parse(
        _ text: UnsafeBufferPointer<UInt8>,
        with members: inout IngestMembers,
        headerKey: IdempotencyKeyHeader = .absent
    ) -> ParsedIngest {
        do throws(JSONFault) {
            try members.read(text)
            return IngestFields.parse(members, headerKey: headerKey)
        } catch {
            return ParsedIngest(error)
        }
    }
}
