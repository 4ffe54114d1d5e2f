/// The meaning of a JSON value as bytes: two values have the same bytes if and only if they have the same meaning.
///
/// The order of members, the white space between tokens, the escaping of characters and the spelling of numbers do not
/// matter (`1.0`, `1` and `10e-1` are one number, by its exact decimal value). The order of an array's elements
/// matters, and so does the order of members that share a name.
///
/// Every value starts with a byte for its kind. Containers end with their bracket, and strings with a byte that does
/// not occur in UTF-8, so the boundaries between values are unambiguous.
struct CanonicalJSON: ~Copyable {
    private var sink: ByteSink
    /// The buffer in which members are put into order.
    private var scratch = ByteSink(capacity: 0)
    /// The members of all open objects, those of the innermost object last.
    private var members: [Member] = []

    /// Occurs neither in UTF-8 nor in the bytes that stand for a lone surrogate.
    private static let endOfText: UInt8 = 0xFF

    init(reserving byteCount: Int = 0) {
        sink = ByteSink(capacity: byteCount)
    }

    /// Lends the bytes so far.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { sink.withBytes(body) }

    /// Appends the meaning of the value that comes next. The caller must have checked how deep it nests, because this
    /// function is recursive.
    mutating func append(_ scanner: inout JSONScanner) throws(JSONFault) {
        switch scanner.next {
        case UInt8(ascii: "{"): try appendObject(&scanner)
        case UInt8(ascii: "["): try appendArray(&scanner)
        case UInt8(ascii: "\""): appendText(try scanner.string(), scanner)
        default:
            let value = try scanner.value()
            switch value.kind {
            case .number: appendNumber(value.range, scanner)
            default: append(byte: scanner.bytes[value.range.lowerBound])  // t, f or n
            }
        }
    }

    /// Appends text as its UTF-8 bytes.
    mutating func append(text: String) {
        var text = text
        text.withUTF8 { append(text: UnsafeRawBufferPointer($0)) }
    }

    /// Appends text that is given by its bytes.
    mutating func append(text: UnsafeRawBufferPointer) {
        append(tag: "\"")
        sink.append(text)
        append(byte: Self.endOfText)
    }

    /// Appends a whole number in eight bytes.
    mutating func append(_ number: Int64) {
        withUnsafeBytes(of: number.littleEndian) { sink.append($0) }
    }

    mutating func append(byte: UInt8) {
        sink.append(byte)
    }

    /// Appends a byte that says what comes next.
    mutating func append(tag: Unicode.Scalar) {
        sink.append(UInt8(truncatingIfNeeded: tag.value))
    }

    private mutating func appendText(_ text: JSONScanner.Text, _ scanner: JSONScanner) {
        if text.hasEscapes {
            scanner.decoded(text).utf8.withUnsafeBytes { append(text: $0) }
        } else {
            append(text: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: scanner.bytes[text.range])))
        }
    }

    private mutating func appendArray(_ scanner: inout JSONScanner) throws(JSONFault) {
        append(tag: "[")
        try scanner.elements { (scanner: inout JSONScanner) throws(JSONFault) in try append(&scanner) }
        append(tag: "]")
    }

    // MARK: Objects

    /// Where a member is in the bytes: its name from `start`, then its value from `nameEnd` up to `end`.
    private struct Member {
        var start: Int
        var nameEnd: Int
        var end: Int
    }

    private mutating func appendObject(_ scanner: inout JSONScanner) throws(JSONFault) {
        append(tag: "{")
        if members.capacity == 0 { members.reserveCapacity(Self.membersOrderedInPlace) }
        let start = sink.count
        let first = members.count
        var isInOrder = true
        try scanner.members { (scanner: inout JSONScanner, name: JSONScanner.Text) throws(JSONFault) in
            var member = Member(start: sink.count, nameEnd: 0, end: 0)
            appendText(name, scanner)
            member.nameEnd = sink.count
            if isInOrder, members.count > first { isInOrder = order(members[members.count - 1], member) <= 0 }
            try append(&scanner)
            member.end = sink.count
            members.append(member)
        }
        if !isInOrder { sort(from: first, start) }
        members.removeLast(members.count - first)
        append(tag: "}")
    }

    /// Up to this many members are sorted in place, which allocates nothing; larger objects use a sort that does not
    /// compare each member with every other.
    private static let membersOrderedInPlace = 16

    /// Sorts the members from index `first` on by their names. Their bytes were appended in the given order from
    /// `start` on. Members with the same name keep their order.
    private mutating func sort(from first: Int, _ start: Int) {
        if members.count - first <= Self.membersOrderedInPlace {
            orderInPlace(from: first)
        } else {
            let sorted = members[first...].sorted { left, right in
                let order = order(left, right)
                return order < 0 || (order == 0 && left.start < right.start)
            }
            members.replaceSubrange(first..., with: sorted)
        }
        scratch.removeAll()
        sink.withBytes { bytes in
            for member in members[first...] {
                scratch.append(UnsafeRawBufferPointer(rebasing: bytes[member.start..<member.end]))
            }
        }
        scratch.withBytes { sink.replace(from: start, with: $0) }
    }

    private mutating func orderInPlace(from first: Int) {
        for index in (first + 1)..<members.count {
            var place = index
            while place > first, order(members[place - 1], members[place]) > 0 {
                members.swapAt(place - 1, place)
                place -= 1
            }
        }
    }

    /// Negative if the left name comes first, 0 if the names are equal.
    private func order(_ left: Member, _ right: Member) -> Int {
        let leftCount = left.nameEnd - left.start
        let rightCount = right.nameEnd - right.start
        return sink.withBytes { bytes in
            for offset in 0..<min(leftCount, rightCount) {
                let difference = Int(bytes[left.start + offset]) - Int(bytes[right.start + offset])
                if difference != 0 { return difference }
            }
            return leftCount - rightCount
        }
    }
}
