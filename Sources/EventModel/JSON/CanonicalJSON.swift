/// The meaning of a JSON value as bytes: two values have the same bytes if and only if they mean the same.
///
/// The order of members and the white space between tokens mean nothing, nor does how a character is escaped or a number
/// is spelled (`1.0`, `1` and `10e-1` are one number, by its exact decimal value). The order of an array's elements means
/// something, and so does the order of members that share a name.
///
/// Every value starts with a byte that tells its kind, containers end with their bracket, and strings with a byte that
/// occurs in no UTF-8, so that no two values run into each other.
struct CanonicalJSON {
    private(set) var bytes: [UInt8] = []

    /// Occurs neither in UTF-8 nor in the bytes that stand for a lone surrogate.
    private static let endOfText: UInt8 = 0xFF

    init(reserving byteCount: Int = 0) {
        bytes.reserveCapacity(byteCount)
    }

    /// Appends the meaning of the value that comes next. It nests no deeper than its caller has checked, since this
    /// function calls itself.
    mutating func append(_ scanner: inout JSONScanner) throws(JSONFault) {
        switch scanner.next {
        case UInt8(ascii: "{"): try appendObject(&scanner)
        case UInt8(ascii: "["): try appendArray(&scanner)
        case UInt8(ascii: "\""): appendText(try scanner.string(), scanner)
        default:
            let value = try scanner.value()
            switch value.kind {
            case .number: appendNumber(value.range, scanner)
            default: bytes.append(scanner.bytes[value.range.lowerBound])  // t, f or n
            }
        }
    }

    /// Appends text that is UTF-8 as it stands.
    mutating func append(text: some StringProtocol) {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        bytes.append(Self.endOfText)
    }

    /// Appends a whole number in eight bytes.
    mutating func append(_ number: Int64) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(byte: UInt8) {
        bytes.append(byte)
    }

    /// Appends a byte that tells what comes next.
    mutating func append(tag: Unicode.Scalar) {
        bytes.append(UInt8(ascii: tag))
    }

    private mutating func appendText(_ text: JSONScanner.Text, _ scanner: JSONScanner) {
        bytes.append(UInt8(ascii: "\""))
        _ = scanner.decode(text, into: &bytes)
        bytes.append(Self.endOfText)
    }

    private mutating func appendArray(_ scanner: inout JSONScanner) throws(JSONFault) {
        bytes.append(UInt8(ascii: "["))
        try scanner.elements { (scanner: inout JSONScanner) throws(JSONFault) in try append(&scanner) }
        bytes.append(UInt8(ascii: "]"))
    }

    // MARK: Objects

    /// Where a member stands in ``bytes``: its name, then its value up to `end`.
    private struct Member {
        var name: Range<Int>
        var end: Int
    }

    private mutating func appendObject(_ scanner: inout JSONScanner) throws(JSONFault) {
        bytes.append(UInt8(ascii: "{"))
        let start = bytes.count
        var members: [Member] = []
        try scanner.members { (scanner: inout JSONScanner, name: JSONScanner.Text) throws(JSONFault) in
            let nameStart = bytes.count
            appendText(name, scanner)
            let nameEnd = bytes.count
            try append(&scanner)
            members.append(Member(name: nameStart..<nameEnd, end: bytes.count))
        }
        sort(members, from: start)
        bytes.append(UInt8(ascii: "}"))
    }

    /// Brings members that were appended in their given order into the order of their names.
    private mutating func sort(_ members: [Member], from start: Int) {
        let sorted = bytes.withUnsafeBufferPointer { bytes -> [UInt8]? in
            func precedes(_ left: Member, _ right: Member) -> Bool {
                UnsafeBufferPointer(rebasing: bytes[left.name])
                    .lexicographicallyPrecedes(UnsafeBufferPointer(rebasing: bytes[right.name]))
            }
            let isSorted = zip(members, members.dropFirst()).allSatisfy { !precedes($1, $0) }
            if isSorted { return nil }
            // Members of one name keep their order: they are told apart by where they stood.
            let order = members.sorted { left, right in
                if precedes(left, right) { return true }
                if precedes(right, left) { return false }
                return left.name.lowerBound < right.name.lowerBound
            }
            var sorted: [UInt8] = []
            sorted.reserveCapacity(bytes.count - start)
            for member in order { sorted.append(contentsOf: bytes[member.name.lowerBound..<member.end]) }
            return sorted
        }
        if let sorted { bytes.replaceSubrange(start..., with: sorted) }
    }
}
