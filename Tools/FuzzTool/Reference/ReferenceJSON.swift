/// A JSON value as ``ReferenceJSON`` read it, with its position.
struct ReferenceNode {
    indirect enum Content {
        case object([(name: [UInt16], value: ReferenceNode)])
        case array([ReferenceNode])
        /// In UTF-16, in which a lone surrogate is a unit like any other.
        case string([UInt16])
        /// By its spelling.
        case number([UInt8])
        case boolean(Bool)
        case null
    }

    var content: Content
    var range: Range<Int>

    /// How many levels of containers there are below this one.
    var depth: Int { children.filter(\.isContainer).map { $0.depth + 1 }.max() ?? 0 }

    /// The values directly inside this one.
    var children: [ReferenceNode] {
        switch content {
        case .object(let members): members.map(\.value)
        case .array(let elements): elements
        default: []
        }
    }

    var isContainer: Bool {
        switch content {
        case .object, .array: true
        default: false
        }
    }

    var isNull: Bool {
        if case .null = content { true } else { false }
    }

    var members: [(name: [UInt16], value: ReferenceNode)]? {
        guard case .object(let members) = content else { return nil }
        return members
    }

    /// The string's contents; nil for other values, and if they contain a lone surrogate.
    var text: String? {
        guard case .string(let units) = content else { return nil }
        return String(validating: units, as: UTF16.self)
    }
}

/// Reads JSON a second time, as a reference for the scanner: recursively, on text that was already found to be UTF-8,
/// and literally by the grammar of RFC 8259. It is as simple as possible and shares nothing with the scanner.
struct ReferenceJSON {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    /// The reader's maximum depth; text that nests deeper is not compared.
    static let deepest = 500

    private enum Refusal: Error {
        case noJSON
        case tooDeep
    }

    /// The result of reading a text.
    enum Outcome {
        case value(ReferenceNode)
        case noJSON
        case tooDeepToTell

        var node: ReferenceNode? {
            guard case .value(let node) = self else { return nil }
            return node
        }
    }

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads a text that is one value with white space around it.
    static func read(_ bytes: [UInt8]) -> Outcome {
        guard String(validating: bytes, as: UTF8.self) != nil else { return .noJSON }
        var reader = ReferenceJSON(bytes)
        do throws(Refusal) {
            reader.skipSpace()
            let node = try reader.value()
            reader.skipSpace()
            guard reader.position == bytes.count else { return .noJSON }
            return .value(node)
        } catch {
            return error == .tooDeep ? .tooDeepToTell : .noJSON
        }
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ text: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard bytes[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func value() throws(Refusal) -> ReferenceNode {
        let start = position
        let content: ReferenceNode.Content
        if take("{") {
            content = .object(try members())
        } else if take("[") {
            content = .array(try elements())
        } else if take("\"") {
            content = .string(try string())
        } else if take("true") {
            content = .boolean(true)
        } else if take("false") {
            content = .boolean(false)
        } else if take("null") {
            content = .null
        } else {
            try number()
            content = .number(Array(bytes[start..<position]))
        }
        return ReferenceNode(content: content, range: start..<position)
    }

    private mutating func members() throws(Refusal) -> [(name: [UInt16], value: ReferenceNode)] {
        try enter()
        defer { depth -= 1 }
        var members: [(name: [UInt16], value: ReferenceNode)] = []
        skipSpace()
        if take("}") { return members }
        repeat {
            skipSpace()
            guard take("\"") else { throw .noJSON }
            let name = try string()
            skipSpace()
            guard take(":") else { throw .noJSON }
            skipSpace()
            members.append((name, try value()))
            skipSpace()
        } while take(",")
        guard take("}") else { throw .noJSON }
        return members
    }

    private mutating func elements() throws(Refusal) -> [ReferenceNode] {
        try enter()
        defer { depth -= 1 }
        var elements: [ReferenceNode] = []
        skipSpace()
        if take("]") { return elements }
        repeat {
            skipSpace()
            elements.append(try value())
            skipSpace()
        } while take(",")
        guard take("]") else { throw .noJSON }
        return elements
    }

    private mutating func enter() throws(Refusal) {
        depth += 1
        guard depth <= ReferenceJSON.deepest else { throw .tooDeep }
    }

    /// Reads a string after its opening quote.
    private mutating func string() throws(Refusal) -> [UInt16] {
        var units: [UInt16] = []
        var plain = position
        while let byte = peek {
            guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 else {
                position += 1
                continue
            }
            units += String(decoding: bytes[plain..<position], as: UTF8.self).utf16
            position += 1
            if byte == UInt8(ascii: "\"") { return units }
            guard byte == UInt8(ascii: "\\") else { throw .noJSON }
            units.append(try escape())
            plain = position
        }
        throw .noJSON
    }

    private mutating func escape() throws(Refusal) -> UInt16 {
        let escapes: [(StaticString, UInt16)] = [
            ("\"", 0x22), ("\\", 0x5C), ("/", 0x2F), ("b", 0x08), ("f", 0x0C), ("n", 0x0A), ("r", 0x0D), ("t", 0x09),
        ]
        for (letter, unit) in escapes where take(letter) { return unit }
        guard take("u"), position + 4 <= bytes.count else { throw .noJSON }
        let digits = String(decoding: bytes[position..<(position + 4)], as: UTF8.self)
        // `UInt16(_:radix:)` would accept a sign.
        guard digits.utf8.count == 4, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }),
            let unit = UInt16(digits, radix: 16)
        else { throw .noJSON }
        position += 4
        return unit
    }

    private mutating func number() throws(Refusal) {
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
    }

    private mutating func digits() throws(Refusal) {
        let start = position
        while let byte = peek, (0x30...0x39).contains(byte) { position += 1 }
        guard position > start else { throw .noJSON }
    }
}
