/// Strings, numbers and words: the values that hold no other value.
extension JSONScanner {
    // MARK: Strings

    /// Scans a string that comes next.
    package mutating func string() throws(JSONFault) -> Text {
        try expect(UInt8(ascii: "\""))
        let start = offset
        var hasEscapes = false
        while offset < end {
            skipPlainCharacters()
            guard offset < end else { break }
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

    /// Skips characters of a string that need no special treatment, eight at a time: ASCII other than quotes,
    /// backslashes and control characters.
    private mutating func skipPlainCharacters() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highBits: UInt64 = 0x8080_8080_8080_8080
        let address = UnsafeRawPointer(bytes.baseAddress)
        while let address, offset + 8 <= end {
            let word = address.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            // The high bit of a byte ends up set if the byte is one of those searched for (Hacker's Delight, section
            // 6-1). Bytes above a match may end up set as well, which only makes the scan slower.
            let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            let found =
                (word &- ones &* 0x20) | word
                | (quotes &- ones) & ~quotes
                | (backslashes &- ones) & ~backslashes
            guard found & highBits == 0 else { return }
            offset += 8
        }
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

    /// Skips one scalar of two to four bytes; it must not be an overlong form, a surrogate, or above U+10FFFF (The
    /// Unicode Standard, table 3-7).
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

    /// Scans a number or a word that comes next.
    mutating func literal() throws(JSONFault) -> Kind {
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
        // "01" and "1x" are detected here, as faults of the number.
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
