import IngestAPI

/// The query of a request target, taken apart.
enum QueryString {
    /// The names and values of a query, percent-decoded.
    ///
    /// A `+` stays a plus. HTML forms write a space that way, but here a phone number begins with it, and
    /// `?phone_number=+4915…` is what people type.
    ///
    /// - Parameter plusIsSpace: Whether the query is a form after all.
    /// - Throws: ``APIError/badRequest(_:)`` if the encoding is broken: a value that cannot be read is no filter.
    static func items(
        of query: String?,
        plusIsSpace: Bool = false
    ) throws(APIError) -> [(name: String, value: String)] {
        guard let query, !query.isEmpty else { return [] }
        var items: [(name: String, value: String)] = []
        for item in query.utf8.split(separator: UInt8(ascii: "&")) {
            let name = item.prefix { $0 != UInt8(ascii: "=") }
            let value = item.dropFirst(name.count + 1)
            items.append((try decoded(name, plusIsSpace), try decoded(value, plusIsSpace)))
        }
        return items
    }

    /// A value of a form, decoded; nil if its encoding is broken.
    static func decodedForm(_ text: Substring) -> String? {
        try? decoded(text.utf8, true)
    }

    private static func decoded(_ text: Substring.UTF8View, _ plusIsSpace: Bool) throws(APIError) -> String {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                continue
            }
            guard let high = digit(rest.popFirst()), let low = digit(rest.popFirst()) else { throw broken }
            bytes.append(high << 4 | low)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw broken }
        return decoded
    }

    private static var broken: APIError { .badRequest("The query is not valid percent-encoded UTF-8") }

    private static func digit(_ byte: UInt8?) -> UInt8? {
        switch byte {
        case .some(let byte) where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): byte - 0x30
        case .some(let byte) where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20): (byte | 0x20) - 0x57
        default: nil
        }
    }
}
