/// Where and why a text is not JSON by RFC 8259, or not the JSON that is wanted.
package struct JSONFault: Error, Sendable, Hashable {
    /// What is wrong.
    package enum Kind: Sendable, Hashable {
        /// The text ends in the middle of a value.
        case unexpectedEnd
        /// A byte that cannot stand where it stands.
        case unexpectedByte
        /// Bytes in a string that are not UTF-8 (RFC 3629).
        case invalidUTF8
        /// A byte below 0x20 in a string, which must be escaped.
        case controlCharacterInString
        /// A backslash followed by something that is not an escape.
        case invalidEscape
        /// Digits that do not make up a number, such as `01` or `1.`.
        case invalidNumber
        /// A byte-order mark at the start.
        case byteOrderMark
        /// Something other than white space after the value.
        case trailingBytes
        /// A value that is not an object where an object is wanted.
        case notAnObject
        /// A value that is not an array where an array is wanted.
        case notAnArray
        /// An array of more elements than are accepted.
        case tooManyElements(limit: Int)
        /// Containers that nest deeper than the limit.
        case tooDeep(limit: Int)
    }

    /// What is wrong.
    package var kind: Kind
    /// The offset of the byte at fault, from 0.
    package var offset: Int

    /// Creates the description of a fault.
    package init(kind: Kind, offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    /// What is wrong, as a sentence without its subject.
    package var message: String {
        switch kind {
        case .unexpectedEnd: "is not valid JSON: it ends early, at byte \(offset)"
        case .unexpectedByte: "is not valid JSON: unexpected byte at offset \(offset)"
        case .invalidUTF8: "is not valid UTF-8 at offset \(offset)"
        case .controlCharacterInString:
            "is not valid JSON: a control character in a string must be escaped, at offset \(offset)"
        case .invalidEscape: "is not valid JSON: invalid escape in a string at offset \(offset)"
        case .invalidNumber: "is not valid JSON: invalid number at offset \(offset)"
        case .byteOrderMark: "must not start with a byte-order mark"
        case .trailingBytes: "is not valid JSON: something follows the value at offset \(offset)"
        case .notAnObject: "must be one JSON object"
        case .notAnArray: "must be one JSON array"
        case .tooManyElements(let limit): "must have at most \(limit) elements"
        case .tooDeep(let limit): "nests deeper than \(limit) levels, at offset \(offset)"
        }
    }
}
