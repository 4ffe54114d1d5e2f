package import EventModel

/// What the `Idempotency-Key` header of a request held. If the header is present, valid or not, it takes precedence
/// over the body's member.
package enum IdempotencyKeyHeader: Sendable, Hashable {
    /// There was no such header.
    case absent
    /// A valid key.
    case key(IdempotencyKey)
    /// The header was present but holds no valid key. This is never treated as having no key, because a client that
    /// sends one relies on it.
    case fault(InvalidValue)

    private static let field = "idempotency_key"

    /// Reads the header.
    ///
    /// The value is trimmed of spaces and tabs. If it is a quoted string (RFC 8941, section 3.3.3, as
    /// draft-ietf-httpapi-idempotency-key-header specifies), the key is what is between the quotes, with `\"` and `\\`
    /// unescaped. Any other value is itself the key.
    package init(_ field: FieldValue) {
        let value: String
        switch field {
        case .absent:
            self = .absent
            return
        case .once(let given):
            value = given
        case .repeated:
            self = .fault(InvalidValue(field: Self.field, message: "must be given in one Idempotency-Key header only"))
            return
        }
        // Invalid UTF-8 in a header has already become U+FFFD in this text, and two different invalid keys must not
        // become the same key.
        guard !value.unicodeScalars.contains("\u{FFFD}") else {
            self = .fault(InvalidValue(field: Self.field, message: "must be valid UTF-8, without U+FFFD"))
            return
        }
        do throws(InvalidValue) {
            self = .key(try IdempotencyKey(IdempotencyKeyHeader.unquoted(value.utf8.trimmingWhiteSpace)))
        } catch {
            self = .fault(error)
        }
    }

    private static func unquoted(_ value: Substring) -> String {
        let quote = UInt8(ascii: "\"")
        let backslash = UInt8(ascii: "\\")
        guard value.utf8.count >= 2, value.utf8.first == quote, value.utf8.last == quote else { return String(value) }
        var key: [UInt8] = []
        var isEscaped = false
        for byte in value.utf8.dropFirst().dropLast() {
            if isEscaped {
                guard byte == quote || byte == backslash else { return String(value) }
                key.append(byte)
                isEscaped = false
            } else if byte == backslash {
                isEscaped = true
            } else if byte == quote {
                return String(value)
            } else {
                key.append(byte)
            }
        }
        return isEscaped ? String(value) : String(decoding: key, as: UTF8.self)
    }
}
