extension JSONScanner {
    /// A string's contents with its escapes decoded, as UTF-8.
    ///
    /// A surrogate that is escaped without its other half has no UTF-8. It is still encoded in three bytes (WTF-8), so
    /// that different strings stay different, and ``holdsLoneSurrogate`` is set.
    package func decoded(_ text: Text) -> (utf8: [UInt8], holdsLoneSurrogate: Bool) {
        guard text.hasEscapes else { return (Array(bytes[text.range]), false) }
        var utf8: [UInt8] = []
        utf8.reserveCapacity(text.range.count)
        var holdsLoneSurrogate = false
        var offset = text.range.lowerBound
        while offset < text.range.upperBound {
            guard bytes[offset] == UInt8(ascii: "\\") else {
                utf8.append(bytes[offset])
                offset += 1
                continue
            }
            let escape = bytes[offset + 1]
            guard escape == UInt8(ascii: "u") else {
                utf8.append(Self.character(ofEscape: escape))
                offset += 2
                continue
            }
            var code = codeUnit(at: offset + 2)
            offset += 6
            if (0xD800...0xDBFF).contains(code), let low = lowSurrogate(at: offset, before: text.range.upperBound) {
                code = 0x1_0000 + (code - 0xD800) << 10 + (low - 0xDC00)
                offset += 6
            } else if (0xD800...0xDFFF).contains(code) {
                holdsLoneSurrogate = true
            }
            Self.append(code, to: &utf8)
        }
        return (utf8, holdsLoneSurrogate)
    }

    /// A string's contents as text; nil if it holds a lone surrogate, which no text can hold.
    package func string(of text: Text) -> String? {
        guard text.hasEscapes else { return String(decoding: bytes[text.range], as: UTF8.self) }
        let (utf8, holdsLoneSurrogate) = decoded(text)
        return holdsLoneSurrogate ? nil : String(decoding: utf8, as: UTF8.self)
    }

    /// Whether a string's contents equal `name`, which is ASCII; an escaped spelling counts as the same name.
    package func text(_ text: Text, equals name: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        if !text.hasEscapes {
            return text.range.count == wanted.count && bytes[text.range].elementsEqual(wanted)
        }
        return decoded(text).utf8.elementsEqual(wanted)
    }

    private static func character(ofEscape escape: UInt8) -> UInt8 {
        switch escape {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: escape
        }
    }

    /// The value of the four hexadecimal digits at an offset, which the scanner has checked.
    private func codeUnit(at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 << 4 | (hexadecimalValue(bytes[offset + $1]) ?? 0) }
    }

    private func lowSurrogate(at offset: Int, before end: Int) -> UInt32? {
        guard
            offset + 6 <= end, bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
        else { return nil }
        let code = codeUnit(at: offset + 2)
        return (0xDC00...0xDFFF).contains(code) ? code : nil
    }

    /// Appends a code point, surrogates included.
    private static func append(_ code: UInt32, to utf8: inout [UInt8]) {
        func continuation(_ shift: UInt32) -> UInt8 { UInt8(0x80 | (code >> shift & 0x3F)) }
        switch code {
        case 0..<0x80:
            utf8.append(UInt8(code))
        case 0x80..<0x800:
            utf8.append(UInt8(0xC0 | code >> 6))
            utf8.append(continuation(0))
        case 0x800..<0x1_0000:
            utf8.append(UInt8(0xE0 | code >> 12))
            utf8.append(continuation(6))
            utf8.append(continuation(0))
        default:
            utf8.append(UInt8(0xF0 | code >> 18))
            utf8.append(continuation(12))
            utf8.append(continuation(6))
            utf8.append(continuation(0))
        }
    }
}

extension JSONScanner {
    /// The strings of an array that was checked when it was stored.
    package static func strings(inArray json: [UInt8]) -> [String] {
        json.withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            var strings: [String] = []
            try? scanner.elements { (scanner: inout JSONScanner) throws(JSONFault) in
                let text = try scanner.string()
                if let string = scanner.string(of: text) { strings.append(string) }
            }
            return strings
        }
    }
}
