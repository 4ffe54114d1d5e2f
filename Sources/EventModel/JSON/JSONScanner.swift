/// A validating scanner for JSON (RFC 8259, strict UTF-8): one pass, no copies, no recursion.
///
/// It stands on bytes that somebody else keeps alive, and gives out ranges of them. This file is on the hot path of every
/// request; it reads bytes without bounds checks of its own because every read is behind a comparison with `end`.
package struct JSONScanner {
    /// What kind of value it is.
    package enum Kind: Sendable, Hashable {
        case object, array, string, number, boolean, null
    }

    /// A string between its quotes, which are not part of the range.
    package struct Text: Sendable, Hashable {
        package var range: Range<Int>
        package var hasEscapes: Bool
    }

    /// A value that was scanned.
    package struct Value: Sendable, Hashable {
        package var kind: Kind
        package var range: Range<Int>
        /// How deep it nests: 0 for a container that holds no containers, and for everything that is no container.
        package var depth: Int
        /// The string's contents, where it is one.
        package var text: Text?
    }

    package let bytes: UnsafeBufferPointer<UInt8>
    package private(set) var offset: Int
    private let end: Int
    /// The open containers of the value that is being scanned, true for an object.
    private var containers: [Bool] = []

    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        self.offset = 0
        self.end = bytes.count
    }

    /// The byte that comes next; nil at the end.
    package var next: UInt8? { offset < end ? bytes[offset] : nil }

    package mutating func skipWhiteSpace() {
        while offset < end {
            switch bytes[offset] {
            case 0x20, 0x0A, 0x0D, 0x09: offset += 1
            default: return
            }
        }
    }

    /// Passes over one byte that must come next.
    package mutating func expect(_ byte: UInt8) throws(JSONFault) {
        guard offset < end else { throw fault(.unexpectedEnd) }
        guard bytes[offset] == byte else { throw fault(.unexpectedByte) }
        offset += 1
    }

    /// Passes over white space to where the one value of a text starts. A byte-order mark is refused (RFC 8259, section
    /// 8.1, leaves it to the reader), since bytes that are not the client's would have to be kept or dropped.
    package mutating func expectStart() throws(JSONFault) {
        if end >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { throw fault(.byteOrderMark) }
        skipWhiteSpace()
    }

    /// Checks that nothing but white space follows.
    package mutating func expectEnd() throws(JSONFault) {
        skipWhiteSpace()
        guard offset == end else { throw fault(.trailingBytes) }
    }

    package func fault(_ kind: JSONFault.Kind) -> JSONFault {
        JSONFault(kind: kind, offset: offset)
    }

    // MARK: Members and elements

    /// Walks the members of an object that comes next. `visit` is given the name and must scan the value.
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

    /// Scans one value of any kind, however deep it nests.
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

    /// Scans a container with everything in it, with a stack of its own instead of recursion.
    ///
    /// - Returns: How many levels of containers there are below it.
    private mutating func container() throws(JSONFault) -> Int {
        var deepest = 0
        containers.removeAll(keepingCapacity: true)
        repeat {
            // A value is due.
            skipWhiteSpace()
            guard offset < end else { throw fault(.unexpectedEnd) }
            let byte = bytes[offset]
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                let isObject = byte == UInt8(ascii: "{")
                containers.append(isObject)
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
            // A value is complete, and perhaps the containers around it.
            while let isObject = containers.last {
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

    // MARK: Strings

    /// Scans a string that comes next.
    package mutating func string() throws(JSONFault) -> Text {
        try expect(UInt8(ascii: "\""))
        let start = offset
        var hasEscapes = false
        while offset < end {
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return Text(range: start..<(offset - 1), hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try escape()
            case 0x20...0x7F:
                offset += 1
            case 0x80...0xFF:
                try multibyteScalar()
            default:
                throw fault(.controlCharacterInString)
            }
        }
        throw fault(.unexpectedEnd)
    }

    private mutating func escape() throws(JSONFault) {
        guard offset + 1 < end else { throw JSONFault(kind: .unexpectedEnd, offset: end) }
        switch bytes[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 2
        case UInt8(ascii: "u"):
            for digit in 2..<6 {
                guard offset + digit < end else { throw JSONFault(kind: .unexpectedEnd, offset: end) }
                guard hexadecimalValue(bytes[offset + digit]) != nil else { throw fault(.invalidEscape) }
            }
            offset += 6
        default:
            throw fault(.invalidEscape)
        }
    }

    /// Passes over one scalar of two to four bytes: none that is longer than it need be, no surrogate, none above
    /// U+10FFFF (The Unicode Standard, table 3-7).
    private mutating func multibyteScalar() throws(JSONFault) {
        let lead = bytes[offset]
        let (length, second): (Int, ClosedRange<UInt8>)
        switch lead {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw fault(.invalidUTF8)
        }
        guard offset + length <= end, second.contains(bytes[offset + 1]) else { throw fault(.invalidUTF8) }
        for position in 2..<max(length, 2) where bytes[offset + position] & 0xC0 != 0x80 {
            throw fault(.invalidUTF8)
        }
        offset += length
    }

    // MARK: Numbers and words

    private mutating func literal() throws(JSONFault) -> Kind {
        switch bytes[offset] {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try number()
            return .number
        case UInt8(ascii: "t"):
            try word("true")
            return .boolean
        case UInt8(ascii: "f"):
            try word("false")
            return .boolean
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        default:
            throw fault(.unexpectedByte)
        }
    }

    private mutating func word(_ word: StaticString) throws(JSONFault) {
        for index in 0..<word.utf8CodeUnitCount {
            try expect(word.utf8Start[index])
        }
    }

    private mutating func number() throws(JSONFault) {
        if next == UInt8(ascii: "-") { offset += 1 }
        if next == UInt8(ascii: "0") {
            offset += 1
        } else {
            try digits()
        }
        if next == UInt8(ascii: ".") {
            offset += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            offset += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { offset += 1 }
            try digits()
        }
        // "01" and "1x" are told here, as faults of the number.
        if let byte = next, byte.isASCIIAlphanumeric || byte == UInt8(ascii: ".") { throw fault(.invalidNumber) }
    }

    private mutating func digits() throws(JSONFault) {
        let start = offset
        while offset < end, bytes[offset].isASCIIDigit { offset += 1 }
        guard offset > start else { throw fault(offset < end ? .invalidNumber : .unexpectedEnd) }
    }
}

/// The value of a hexadecimal digit of either case.
func hexadecimalValue(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
}
