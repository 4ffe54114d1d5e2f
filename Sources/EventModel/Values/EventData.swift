/// The client's data about an event: one JSON object, kept byte for byte from its `{` to its `}`.
public struct EventData: Sendable, Hashable {
    /// The object's bytes, as they were given.
    public let utf8: [UInt8]

    /// Checks an object: RFC 8259, nested no deeper than ``Limits/eventDataDepth``, no larger than
    /// ``Limits/eventDataBytes``. White space around it is dropped; nothing inside it is touched.
    ///
    /// - Throws: ``InvalidValue`` on the field `event_data`.
    public init(_ json: String) throws(InvalidValue) {
        try self.init(utf8: Array(json.utf8))
    }

    /// Checks an object that is given as UTF-8.
    ///
    /// - Throws: ``InvalidValue`` on the field `event_data`.
    public init(utf8 bytes: [UInt8]) throws(InvalidValue) {
        let result = bytes.withUnsafeBufferPointer { bytes -> Result<Range<Int>, InvalidValue> in
            do throws(JSONFault) {
                var scanner = JSONScanner(bytes)
                let value = try scanner.onlyValue()
                if let fault = EventData.fault(of: value) { return .failure(fault) }
                return .success(value.range)
            } catch {
                return .failure(InvalidValue(field: "event_data", message: error.message))
            }
        }
        switch result {
        case .success(let range): self.utf8 = Array(bytes[range])
        case .failure(let fault): throw fault
        }
    }

    /// Creates data from stored bytes, which were checked when they were stored.
    package init(stored bytes: [UInt8]) {
        self.utf8 = bytes
    }

    /// Checks a value that a scanner of `bytes` returned.
    package init(_ value: JSONScanner.Value, of bytes: UnsafeBufferPointer<UInt8>) throws(InvalidValue) {
        if let fault = EventData.fault(of: value) { throw fault }
        self.utf8 = Array(bytes[value.range])
    }

    private static func fault(of value: JSONScanner.Value) -> InvalidValue? {
        if value.kind != .object {
            InvalidValue(field: "event_data", message: "must be a JSON object")
        } else if value.depth > Limits.eventDataDepth {
            InvalidValue(field: "event_data", message: "must not nest deeper than \(Limits.eventDataDepth) levels")
        } else if value.range.count > Limits.eventDataBytes {
            InvalidValue(field: "event_data", message: "must have at most \(Limits.eventDataBytes) bytes")
        } else {
            nil
        }
    }
}

extension EventData: CustomStringConvertible {
    /// The object as text.
    public var description: String { String(decoding: utf8, as: UTF8.self) }
}
