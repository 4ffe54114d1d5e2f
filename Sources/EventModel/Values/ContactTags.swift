/// A contact's tags: at most 100, each of 1 to 64 characters without control characters, in the order in which they were
/// given. A tag that is given twice counts once.
public struct ContactTags: Sendable, Hashable {
    /// The tags as a JSON array of strings, without white space.
    public let utf8: [UInt8]

    /// No tags.
    public static let none = ContactTags(stored: Array("[]".utf8))

    /// Checks tags.
    ///
    /// - Throws: ``InvalidValue`` on the field `tags`.
    public init(_ tags: [String]) throws(InvalidValue) {
        guard tags.count <= Limits.contactTags else { throw ContactTags.tooMany }
        var utf8 = Array("[".utf8)
        // Compared by their bytes: two spellings of "é" are equal as strings, but are different tags.
        var seen: Set<[UInt8]> = []
        for tag in tags {
            guard (1...Limits.contactTagCharacters).contains(tag.unicodeScalars.count), !tag.holdsControlCharacters
            else {
                throw InvalidValue(
                    field: "tags",
                    message: "must be strings of 1 to \(Limits.contactTagCharacters) characters "
                        + "without control characters"
                )
            }
            guard seen.insert(Array(tag.utf8)).inserted else { continue }
            if utf8.count > 1 { utf8.append(UInt8(ascii: ",")) }
            utf8.appendJSON(string: tag)
        }
        utf8.append(UInt8(ascii: "]"))
        self.utf8 = utf8
    }

    /// Checks a value that a scanner returned.
    package init(_ value: JSONScanner.Value, of bytes: UnsafeBufferPointer<UInt8>) throws(InvalidValue) {
        guard value.kind == .array else {
            throw InvalidValue(field: "tags", message: "must be an array of strings")
        }
        var scanner = JSONScanner(UnsafeBufferPointer(rebasing: bytes[value.range]))
        var tags: [String] = []
        var fault: InvalidValue?
        do throws(JSONFault) {
            try scanner.elements { (scanner: inout JSONScanner) throws(JSONFault) in
                let element = try scanner.value()
                if let text = element.text, let tag = scanner.string(of: text) {
                    // One tag over the limit is enough to show that there are too many.
                    if tags.count <= Limits.contactTags { tags.append(tag) }
                } else {
                    fault = InvalidValue(field: "tags", message: "must be an array of strings")
                }
            }
        } catch {
            throw InvalidValue(field: "tags", message: error.message)
        }
        if let fault { throw fault }
        try self.init(tags)
    }

    /// Creates tags from a stored array, which was checked when it was stored.
    package init(stored utf8: [UInt8]) {
        self.utf8 = utf8
    }

    /// The tags one by one.
    public var tags: [String] { JSONScanner.strings(inArray: utf8) }

    /// Whether bytes from a store are tags that keep every rule.
    package static func isValid(_ stored: [UInt8]) -> Bool {
        stored.withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            guard let value = try? scanner.value(), value.range.count == bytes.count else { return false }
            return (try? ContactTags(value, of: bytes)) != nil
        }
    }

    private static let tooMany = InvalidValue(
        field: "tags",
        message: "must be at most \(Limits.contactTags)"
    )
}

extension ContactTags: CustomStringConvertible {
    /// The tags as JSON.
    public var description: String { String(decoding: utf8, as: UTF8.self) }
}
