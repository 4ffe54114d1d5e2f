import EventModel
import IngestAPI

/// Parses a body that is given as text.
func parse(_ body: String, headerKey: IdempotencyKeyHeader = .absent) -> ParsedIngest {
    parse(Array(body.utf8), headerKey: headerKey)
}

func parse(_ body: [UInt8], headerKey: IdempotencyKeyHeader = .absent) -> ParsedIngest {
    body.withUnsafeBytes { IngestRequest.parse(body: $0, headerKey: headerKey) }
}

extension ParsedIngest {
    /// The event; nil if there is a fault.
    var event: NewEvent? {
        if case .event(let event) = self { event } else { nil }
    }

    /// The fields at fault, in their order.
    var faultyFields: [String] {
        switch self {
        case .event: []
        case .invalid(let faults, _), .malformed(let faults): faults.map(\.field)
        }
    }

    var faults: [InvalidValue] {
        switch self {
        case .event: []
        case .invalid(let faults, _), .malformed(let faults): faults
        }
    }

    var isMalformed: Bool {
        if case .malformed = self { true } else { false }
    }

    /// The key of a body with faults.
    var keyOfInvalid: IdempotencyKey? {
        if case .invalid(_, let key) = self { key } else { nil }
    }
}
