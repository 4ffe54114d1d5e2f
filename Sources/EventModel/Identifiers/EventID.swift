/// The public id of an event: 96 bits, written as 24 lower-case hexadecimal digits.
///
/// An id is a keyed permutation of the event's position. So finding an event by its id needs no separate index, and an
/// id reveals neither how many events there are nor whose they are.
public struct EventID: Sendable, Hashable {
    /// The id's value; the upper 32 bits are zero.
    public let rawValue: UInt128

    /// Creates an id from its value.
    ///
    /// - Precondition: `rawValue` fits in 96 bits.
    package init(rawValue: UInt128) {
        precondition(rawValue &>> 96 == 0, "an event id has 96 bits")
        self.rawValue = rawValue
    }

    /// Reads an id; nil unless `text` is 24 lower-case hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 24 else { return nil }
        var value: UInt128 = 0
        for byte in text.utf8 {
            guard let digit = byte.hexadecimalValue else { return nil }
            value = value << 4 | UInt128(digit)
        }
        self.rawValue = value
    }

    /// Appends the id's 24 digits to `bytes`.
    public func write(to bytes: inout [UInt8]) {
        // All digits are appended at once, because the answer to a batch holds up to a thousand ids.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { digits in
            var upper = UInt64(truncatingIfNeeded: rawValue &>> 64)
            var lower = UInt64(truncatingIfNeeded: rawValue)
            for position in 0..<8 {
                digits[7 - position] = .hexadecimalDigit(upper)
                upper >>= 4
            }
            for position in 0..<16 {
                digits[23 - position] = .hexadecimalDigit(lower)
                lower >>= 4
            }
            bytes.append(contentsOf: digits)
        }
    }
}

extension EventID: CustomStringConvertible {
    /// The id as 24 lower-case hexadecimal digits.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension EventID: Codable {
    /// Reads an id, and checks it.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = EventID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be 24 hexadecimal digits")
        }
        self = id
    }

    /// Writes the id as text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
