package import EventModel

/// The result of reading the body of `POST /v1/events`, or one event of a batch.
package enum ParsedIngest: Sendable, Hashable {
    /// A valid event, with its key if there is one.
    case event(NewEvent)
    /// Valid JSON, but the key or other members break a rule. A known key still answers, whatever else the body says,
    /// so `key` is set if the key is valid.
    case invalid(faults: [InvalidValue], key: IdempotencyKey?)
    /// Not a JSON object in which each known name occurs at most once: refused without looking up the key.
    case malformed(faults: [InvalidValue])

    /// An event of a batch that has too many bytes: refused whatever it holds, without looking up its key.
    package static func tooLarge(limitBytes: Int) -> ParsedIngest {
        .malformed(faults: [InvalidValue(field: "base", message: "must have at most \(limitBytes) bytes")])
    }

    /// A text that is not a JSON object.
    init(_ fault: JSONFault) {
        self = .malformed(faults: [InvalidValue(field: "base", message: fault.message)])
    }
}

/// Reads the body of `POST /v1/events` in one pass.
package enum IngestRequest {
    /// Reads a body.
    ///
    /// - Parameters:
    ///   - body: The whole body, at most ``Limits/requestBodyBytes``; only the parts that the event keeps are copied.
    ///   - headerKey: What the `Idempotency-Key` header held. If present, valid or not, it takes precedence over the
    ///     body's member.
    /// - Returns: The event, or every fault that can be found in one pass.
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
    /// - Parameter members: Reads the members, and holds those of this event afterwards.
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
