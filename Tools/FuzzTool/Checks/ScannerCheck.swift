import EventModel

/// The JSON scanner, compared with ``ReferenceJSON`` and Foundation, and with itself on parts of the same text.
enum ScannerCheck {
    static func check(_ input: UnsafeRawBufferPointer) throws(Finding) -> Verdict {
        let bytes = Array(input)
        let scanned = scan(input)
        let node: ReferenceNode?
        switch ReferenceJSON.read(bytes) {
        case .tooDeepToTell: return .refused
        case .noJSON: node = nil
        case .value(let value): node = value
        }
        try FoundationJSON.check(bytes, against: node)
        try checkEventData(bytes, node)
        switch (scanned, node) {
        case (.failure(let fault), nil):
            try expect((0...bytes.count).contains(fault.offset), "a fault at \(fault.offset) of \(bytes.count) bytes")
            try expect(!fault.message.isEmpty, "a fault without a message")
            return .refused
        case (.failure(let fault), _):
            throw Finding("refuses JSON: \(fault.message)")
        case (.success, nil):
            throw Finding("takes what is no JSON")
        case (.success(let value), let node?):
            try compare(value, node)
            try walk(input, node)
            try checkParts(bytes, node)
            try checkCut(bytes, node)
            return .taken
        }
    }

    /// Reads a text that is one value.
    static func scan(_ text: UnsafeRawBufferPointer) -> Result<JSONScanner.Value, JSONFault> {
        do throws(JSONFault) {
            var scanner = JSONScanner(text.assumingMemoryBound(to: UInt8.self))
            return .success(try scanner.onlyValue())
        } catch {
            return .failure(error)
        }
    }

    private static func scan(_ text: ArraySlice<UInt8>) -> Result<JSONScanner.Value, JSONFault> {
        // In separate memory, so that a read beyond the part is also a read beyond the allocation.
        Array(text).withUnsafeBytes { scan($0) }
    }

    private static func compare(_ value: JSONScanner.Value, _ node: ReferenceNode) throws(Finding) {
        try expectSame(value.kind, kind(of: node), "the kind")
        try expectSame(value.range, node.range, "the range")
        try expectSame(value.depth, node.depth, "the depth")
        try expectSame(value.text != nil, value.kind == .string, "whether there is a text")
    }

    private static func kind(of node: ReferenceNode) -> JSONScanner.Kind {
        switch node.content {
        case .object: .object
        case .array: .array
        case .string: .string
        case .number: .number
        case .boolean: .boolean
        case .null: .null
        }
    }

    // MARK: Member by member

    /// Reads the text member by member and element by element, which must give the same result as reading it at once.
    private static func walk(_ text: UnsafeRawBufferPointer, _ node: ReferenceNode) throws(Finding) {
        var scanner = JSONScanner(text.assumingMemoryBound(to: UInt8.self))
        var finding: Finding?
        do throws(JSONFault) {
            try scanner.expectStart()
            try walk(&scanner, node, &finding)
            try scanner.expectEnd()
        } catch {
            throw Finding("refuses by parts what it takes as a whole: \(error.message)")
        }
        if let finding { throw finding }
    }

    private static func walk(
        _ scanner: inout JSONScanner,
        _ node: ReferenceNode,
        _ finding: inout Finding?
    ) throws(JSONFault) {
        let start = scanner.offset
        var count = 0
        switch node.content {
        case .object(let members):
            try scanner.members { (scanner: inout JSONScanner, name: JSONScanner.Text) throws(JSONFault) in
                note(&finding) { () throws(Finding) in
                    try expect(count < members.count, "more members than there are")
                    try compare(name, members[count].name, scanner)
                }
                if finding == nil {
                    try walk(&scanner, members[count].value, &finding)
                } else {
                    _ = try scanner.value()
                }
                count += 1
            }
        case .array(let elements):
            try scanner.elements { (scanner: inout JSONScanner) throws(JSONFault) in
                note(&finding) { () throws(Finding) in
                    try expect(count < elements.count, "more elements than there are")
                }
                if finding == nil { try walk(&scanner, elements[count], &finding) } else { _ = try scanner.value() }
                count += 1
            }
        default:
            let value = try scanner.value()
            note(&finding) { () throws(Finding) in
                try compare(value, node)
                if case .string(let units) = node.content, let text = value.text { try compare(text, units, scanner) }
            }
        }
        note(&finding) { () throws(Finding) in
            try expectSame(count, node.children.count, "the count of members or elements")
            try expectSame(start..<scanner.offset, node.range, "the range by parts")
        }
    }

    private static func note(_ finding: inout Finding?, _ body: () throws(Finding) -> Void) {
        guard finding == nil else { return }
        do throws(Finding) { try body() } catch { finding = error }
    }

    private static func compare(
        _ text: JSONScanner.Text,
        _ units: [UInt16],
        _ scanner: JSONScanner
    ) throws(Finding) {
        let string = String(validating: units, as: UTF16.self)
        let decoded = scanner.decoded(text)
        try expectSame(decoded.holdsLoneSurrogate, string == nil, "whether a surrogate is alone")
        try expectSame(decoded.utf8, wtf8(units), "the string's bytes")
        try expectSame(scanner.string(of: text).map { Array($0.utf8) }, string.map { Array($0.utf8) }, "the string")
        try expectSame(scanner.text(text, equals: "email"), units == Array("email".utf16), "whether it is a name")
        guard let string else { return }
        // Written and read again, it is the same.
        var written: [UInt8] = []
        written.appendJSON(string: string)
        try expectSame(
            ReferenceJSON.read(written).node?.text.map { Array($0.utf8) },
            Array(string.utf8),
            "written again"
        )
    }

    /// UTF-8 in which a lone surrogate takes three bytes, like any other scalar of its size.
    private static func wtf8(_ units: [UInt16]) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = units[...]
        while let unit = rest.popFirst() {
            if UTF16.isLeadSurrogate(unit), let low = rest.first, UTF16.isTrailSurrogate(low) {
                bytes += String(decoding: [unit, rest.removeFirst()], as: UTF16.self).utf8
            } else if UTF16.isSurrogate(unit) {
                bytes += [0xE0 | UInt8(unit >> 12), 0x80 | UInt8(unit >> 6 & 0x3F), 0x80 | UInt8(unit & 0x3F)]
            } else {
                bytes += String(decoding: [unit], as: UTF16.self).utf8
            }
        }
        return bytes
    }

    // MARK: Parts of the text

    /// A value inside another one is the same as when it stands alone.
    private static func checkParts(_ bytes: [UInt8], _ node: ReferenceNode) throws(Finding) {
        for child in node.children.prefix(16) {
            guard case .success(let value) = scan(bytes[child.range]) else {
                throw Finding("refuses a part of what it takes")
            }
            try expectSame(value.kind, kind(of: child), "the kind of a part")
            try expectSame(value.range, 0..<child.range.count, "the range of a part")
            try expectSame(value.depth, child.depth, "the depth of a part")
        }
    }

    /// A container or a string that is cut short is reported as ending early, or as ending inside a character.
    private static func checkCut(_ bytes: [UInt8], _ node: ReferenceNode) throws(Finding) {
        switch node.content {
        case .object, .array, .string: break
        default: return
        }
        let length = 1 + Int(seed(of: bytes) % UInt64(node.range.count - 1))
        let cut = bytes[node.range.lowerBound..<(node.range.lowerBound + length)]
        switch scan(cut) {
        case .success: throw Finding("takes \(length) bytes of a value of \(node.range.count)")
        case .failure(let fault) where fault.kind == .invalidUTF8:
            try expect(String(validating: cut, as: UTF8.self) == nil, "holds good UTF-8 to be bad")
        case .failure(let fault):
            try expectSame(fault.kind, .unexpectedEnd, "the fault of what was cut after \(length) bytes")
            try expectSame(fault.offset, length, "where it ends")
        }
    }

    // MARK: Event data

    private static func checkEventData(_ bytes: [UInt8], _ node: ReferenceNode?) throws(Finding) {
        let data = try? EventData(utf8: bytes)
        guard let node, node.members != nil, node.depth <= 10 else {
            return try expect(data == nil, "takes event data that is no object, or nests too deep")
        }
        try expectSame(data?.utf8, Array(bytes[node.range]), "the event's data")
    }
}
