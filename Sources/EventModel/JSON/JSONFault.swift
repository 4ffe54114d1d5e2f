/// Where and why a text is not JSON as RFC 8259 has it.
package struct JSONFault: Error, Sendable, Hashable {
    /// What is wrong.
    package enum Kind: Sendable, Hashable {
        case unexpectedEnd
        case unexpectedByte
        case invalidUTF8
        case controlCharacterInString
        case invalidEscape
        case invalidNumber
        case byteOrderMark
        case trailingBytes
        case notAnObject
        case tooDeep(limit: Int)
    }

    package var kind: Kind
    /// The offset of the byte at fault, from 0.
    package var offset: Int

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
        case .tooDeep(let limit): "nests deeper than \(limit) levels, at offset \(offset)"
        }
    }
}
