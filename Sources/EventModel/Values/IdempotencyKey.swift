/// The client's name for one attempt to do something: the same key is the same event, for ever.
///
/// Keys are compared byte for byte. A Swift `String` holds the composed and the decomposed "é" as equal, so a key keeps
/// its UTF-8 bytes and nothing else.
public struct IdempotencyKey: Sendable, Hashable {
    /// The key's bytes, valid UTF-8.
    public let utf8: [UInt8]

    /// Checks a key: 1 to 255 bytes of UTF-8, without control characters (U+0000 to U+001F and U+007F to U+009F).
    ///
    /// - Throws: ``InvalidValue`` on the field `idempotency_key`.
    public init(_ key: String) throws(InvalidValue) {
        let bytes = key.utf8.count
        guard bytes > 0 else {
            throw InvalidValue(field: "idempotency_key", message: "must not be empty")
        }
        guard bytes <= Limits.idempotencyKeyBytes else {
            throw InvalidValue(
                field: "idempotency_key",
                message: "must have at most \(Limits.idempotencyKeyBytes) bytes of UTF-8"
            )
        }
        guard key.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }) else {
            throw InvalidValue(field: "idempotency_key", message: "must not hold control characters")
        }
        self.utf8 = Array(key.utf8)
    }

    /// Takes bytes that were checked when they were stored.
    package init(stored bytes: [UInt8]) {
        self.utf8 = bytes
    }
}

extension IdempotencyKey: CustomStringConvertible {
    /// The key as text.
    public var description: String { String(decoding: utf8, as: UTF8.self) }
}
