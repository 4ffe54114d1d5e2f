/// The client's name for one attempt to do something: the same key is the same event, for ever.
///
/// Keys are compared byte for byte. A Swift `String` treats the composed and the decomposed "é" as equal, so a key
/// keeps only its UTF-8 bytes.
public struct IdempotencyKey: Sendable, Hashable {
    /// The key's bytes, valid UTF-8.
    public let utf8: [UInt8]

    /// Checks a key: 1 to 255 bytes of UTF-8, without control characters (U+0000 to U+001F and U+007F to U+009F).
    ///
    /// - Throws: ``InvalidValue`` on the field `idempotency_key`.
    public init(_ key: String) throws(InvalidValue) {
        var key = key
        if let fault = key.withUTF8(IdempotencyKey.fault) { throw fault }
        self.utf8 = Array(key.utf8)
    }

    /// Checks a key that is given by its bytes.
    ///
    /// - Parameter bytes: Valid UTF-8.
    package init(utf8 bytes: UnsafeBufferPointer<UInt8>) throws(InvalidValue) {
        if let fault = IdempotencyKey.fault(of: bytes) { throw fault }
        self.utf8 = Array(bytes)
    }

    private static func fault(of bytes: UnsafeBufferPointer<UInt8>) -> InvalidValue? {
        if bytes.isEmpty {
            InvalidValue(field: "idempotency_key", message: "must not be empty")
        } else if bytes.count > Limits.idempotencyKeyBytes {
            InvalidValue(
                field: "idempotency_key",
                message: "must have at most \(Limits.idempotencyKeyBytes) bytes of UTF-8"
            )
        } else if holdsControlCharacter(bytes) {
            InvalidValue(field: "idempotency_key", message: "must not hold control characters")
        } else {
            nil
        }
    }

    private static func holdsControlCharacter(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var last: UInt8 = 0
        for byte in bytes {
            if byte < 0x20 || byte == 0x7F { return true }
            // U+0080 to U+009F are the only scalars whose UTF-8 is C2 and a byte up to 9F.
            if last == 0xC2, byte <= 0x9F { return true }
            last = byte
        }
        return false
    }

    /// Whether bytes from a store are a valid key.
    package static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.withMemoryRebound(to: UInt8.self) { fault(of: $0) == nil && String(validating: $0, as: UTF8.self) != nil }
    }

    /// Creates a key from stored bytes, which were checked when they were stored.
    package init(stored bytes: [UInt8]) {
        self.utf8 = bytes
    }
}

extension IdempotencyKey: CustomStringConvertible {
    /// The key as text.
    public var description: String { String(decoding: utf8, as: UTF8.self) }
}
