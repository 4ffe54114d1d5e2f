/// A validating scanner for JSON (RFC 8259, strict UTF-8): one pass, no copies, no recursion.
///
/// It reads bytes that its owner keeps alive, and returns ranges of them. It is on the hot path of every request.
/// Release builds do not check the bounds of an unsafe buffer, so every read comes after a comparison with `end`.
package struct JSONScanner {
    /// What kind of value it is.
    package enum Kind: Sendable, Hashable {
        case object, array, string, number, boolean, null
    }

    /// A string between its quotes, which are not part of the range.
    package struct Text: Sendable, Hashable {
        /// Where it is in the bytes.
        package var range: Range<Int>
        /// Whether any of it is escaped, so that its contents must be decoded.
        package var hasEscapes: Bool
    }

    /// A value that was scanned.
    package struct Value: Sendable, Hashable {
        /// What kind of value it is.
        package var kind: Kind
        /// Where it is in the bytes, including its quotes or brackets.
        package var range: Range<Int>
        /// How deep it nests: 0 for a container that holds no containers, and for everything that is not a container.
        package var depth: Int
        /// The string's contents, if the value is a string.
        package var text: Text?
    }

    /// The text that is scanned.
    package let bytes: UnsafeBufferPointer<UInt8>
    /// The scanner's position, from 0.
    package internal(set) var offset: Int
    /// The number of bytes.
    let end: Int
    /// The open containers of the value that is being scanned.
    private var containers = ContainerStack()

    /// Creates a scanner positioned before the first byte.
    ///
    /// - Parameter bytes: The text; the caller keeps it alive for as long as the scanner is used.
    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        self.offset = 0
        self.end = bytes.count
    }

    /// The byte that comes next; nil at the end.
    package var next: UInt8? { offset < end ? bytes[offset] : nil }

    /// Skips the four bytes that are white space in JSON.
    package mutating func skipWhiteSpace() {
        while offset < end {
            switch bytes[offset] {
            case 0x20, 0x0A, 0x0D, 0x09: offset += 1
            default: return
            }
        }
    }

    /// Skips one byte, which must come next.
    package mutating func expect(_ byte: UInt8) throws(JSONFault) {
        guard offset < end else { throw fault(.unexpectedEnd) }
        guard bytes[offset] == byte else { throw fault(.unexpectedByte) }
        offset += 1
    }

    /// Skips white space to the start of the only value of a text. A byte-order mark is refused: senders must not add
    /// one, and RFC 8259, section 8.1, leaves it to the reader whether to ignore it.
    package mutating func expectStart() throws(JSONFault) {
        if end >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { throw fault(.byteOrderMark) }
        skipWhiteSpace()
    }

    /// Reads a text that is one value with only white space around it.
    package mutating func onlyValue() throws(JSONFault) -> Value {
        try expectStart()
        let value = try value()
        try expectEnd()
        return value
    }

    /// Checks that only white space follows.
    package mutating func expectEnd() throws(JSONFault) {
        skipWhiteSpace()
        guard offset == end else { throw fault(.trailingBytes) }
    }

    /// A fault at the scanner's position.
    package func fault(_ kind: JSONFault.Kind) -> JSONFault {
        JSONFault(kind: kind, offset: offset)
    }

    /// The fault of a text whose value, which comes next, is not of the wanted kind: the given fault, or, if the text
    /// is not JSON at all, the fault that makes it so.
    package func faultOfText(_ kind: JSONFault.Kind) -> JSONFault {
        var scanner = self
        do throws(JSONFault) {
            _ = try scanner.value()
            try scanner.expectEnd()
            return fault(kind)
        } catch {
            return error
        }
    }

    // MARK: Members and elements

    /// Walks the members of an object that comes next. `visit` receives the name and must scan the value.
    package mutating func members(
        _ visit: (inout JSONScanner, Text) throws(JSONFault) -> Void
    ) throws(JSONFault) {
        try expect(UInt8(ascii: "{"))
        skipWhiteSpace()
        if next == UInt8(ascii: "}") {
            offset += 1
            return
        }
        while true {
            skipWhiteSpace()
            let name = try string()
            skipWhiteSpace()
            try expect(UInt8(ascii: ":"))
            skipWhiteSpace()
            try visit(&self, name)
            if try !anotherFollows(closing: UInt8(ascii: "}")) { return }
        }
    }

    /// Walks the elements of an array that comes next. `visit` must scan the element.
    package mutating func elements(_ visit: (inout JSONScanner) throws(JSONFault) -> Void) throws(JSONFault) {
        try expect(UInt8(ascii: "["))
        skipWhiteSpace()
        if next == UInt8(ascii: "]") {
            offset += 1
            return
        }
        while true {
            skipWhiteSpace()
            try visit(&self)
            if try !anotherFollows(closing: UInt8(ascii: "]")) { return }
        }
    }

    private mutating func anotherFollows(closing: UInt8) throws(JSONFault) -> Bool {
        skipWhiteSpace()
        guard offset < end else { throw fault(.unexpectedEnd) }
        let byte = bytes[offset]
        guard byte == UInt8(ascii: ",") || byte == closing else { throw fault(.unexpectedByte) }
        offset += 1
        return byte == UInt8(ascii: ",")
    }

    // MARK: Values

    /// Scans one value of any kind and any depth.
    package mutating func value() throws(JSONFault) -> Value {
        let start = offset
        guard offset < end else { throw fault(.unexpectedEnd) }
        switch bytes[offset] {
        case UInt8(ascii: "\""):
            let text = try string()
            return Value(kind: .string, range: start..<offset, depth: 0, text: text)
        case UInt8(ascii: "{"):
            let depth = try container()
            return Value(kind: .object, range: start..<offset, depth: depth)
        case UInt8(ascii: "["):
            let depth = try container()
            return Value(kind: .array, range: start..<offset, depth: depth)
        default:
            let kind = try literal()
            return Value(kind: kind, range: start..<offset, depth: 0)
        }
    }

    /// Scans a container with everything in it, using an explicit stack instead of recursion.
    ///
    /// - Returns: How many levels of containers there are below it.
    private mutating func container() throws(JSONFault) -> Int {
        var deepest = 0
        containers.removeAll()
        repeat {
            // A value must come next.
            skipWhiteSpace()
            guard offset < end else { throw fault(.unexpectedEnd) }
            let byte = bytes[offset]
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                let isObject = byte == UInt8(ascii: "{")
                containers.append(isObject: isObject)
                deepest = max(deepest, containers.count - 1)
                offset += 1
                skipWhiteSpace()
                if next == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    offset += 1
                    containers.removeLast()
                } else {
                    if isObject { try memberName() }
                    continue
                }
            } else if byte == UInt8(ascii: "\"") {
                _ = try string()
            } else {
                _ = try literal()
            }
            // A value is complete, and perhaps the containers around it as well.
            while !containers.isEmpty {
                let isObject = containers.lastIsObject
                if try anotherFollows(closing: isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    if isObject { try memberName() }
                    break
                }
                containers.removeLast()
            }
        } while !containers.isEmpty
        return deepest
    }

    private mutating func memberName() throws(JSONFault) {
        skipWhiteSpace()
        _ = try string()
        skipWhiteSpace()
        try expect(UInt8(ascii: ":"))
    }
}
