import EventModel

/// What the fields of a request's head say, each by its own rule.
package enum RequestHead {
    /// The token of the header `Authorization: Bearer …` (RFC 6750, section 2.1; the scheme in any case, RFC 9110, section
    /// 11.1).
    ///
    /// - Returns: The token; nil if there is no header or more than one, if the scheme is another, or if the token does
    ///   not have the form of one.
    package static func bearerToken(authorization: FieldValue) -> BearerToken? {
        guard case .once(let field) = authorization else { return nil }
        let value = field.utf8.trimmingWhiteSpace
        guard let space = value.utf8.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        guard value[..<space].utf8.elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 }) else { return nil }
        return BearerToken(String(value[space...].utf8.trimmingWhiteSpace))
    }

    /// The form of a body of this type. No type at all, and `application/json` in any case (RFC 9110, section 8.3.1)
    /// and with any parameters, mean JSON, which in a batch is an array. `application/x-ndjson` means lines. The form
    /// is nil for any other type, and for more than one type.
    package static func batchFormat(contentType: FieldValue) -> BatchFormat? {
        let value: String
        switch contentType {
        case .absent, .once(jsonType): return .array
        case .once(let given): value = given
        case .repeated: return nil
        }
        return switch mediaType(value) {
        case jsonType: .array
        case linesType: .lines
        default: nil
        }
    }

    /// Whether a body is declared as a form.
    package static func isForm(contentType: FieldValue) -> Bool {
        guard case .once(let value) = contentType else { return false }
        return mediaType(value) == TokenRequest.contentType
    }

    /// A type without its parameters, in lower case.
    private static func mediaType(_ value: String) -> String {
        Substring(value.utf8.prefix { $0 != UInt8(ascii: ";") }).utf8.trimmingWhiteSpace.lowercased()
    }

    /// How a body is coded; nil for a coding that is not accepted.
    package static func contentCoding(_ field: FieldValue) -> ContentCoding? {
        switch field {
        case .absent: .identity
        case .once(let value):
            switch value.utf8.trimmingWhiteSpace.lowercased() {
            case "gzip", "x-gzip": .gzip
            case "identity", "": .identity
            default: nil
            }
        case .repeated: nil
        }
    }

    /// The type of a body of JSON.
    package static let jsonType = "application/json"
    /// The type of a batch with an event on each line.
    package static let linesType = "application/x-ndjson"

    /// The request's own id, if it is given once and is 1 to ``Limits/requestIDCharacters`` visible ASCII characters.
    package static func requestID(_ field: FieldValue) -> String? {
        guard
            case .once(let value) = field,
            (1...Limits.requestIDCharacters).contains(value.utf8.count),
            value.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        return value
    }
}

/// How a body is coded (RFC 9110, section 8.4).
package enum ContentCoding: Sendable, Hashable {
    /// As it is.
    case identity
    /// Compressed by RFC 1952.
    case gzip
}

extension BidirectionalCollection where Element == UInt8, SubSequence == Substring.UTF8View {
    /// A header's value without the spaces and tabs at its ends (RFC 9110, section 5.5).
    package var trimmingWhiteSpace: Substring {
        var rest = self[...]
        while let first = rest.first, first == 0x20 || first == 0x09 { rest = rest.dropFirst() }
        while let last = rest.last, last == 0x20 || last == 0x09 { rest = rest.dropLast() }
        return Substring(rest)
    }
}
