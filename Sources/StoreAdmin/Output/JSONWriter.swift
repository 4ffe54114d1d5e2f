import EventLedger

/// Writes fields as JSON (RFC 8259), on one line and without white space.
struct JSONWriter {
    /// What was written so far.
    private(set) var bytes: [UInt8] = []

    /// Appends one object.
    mutating func append(_ members: some Sequence<Member>) {
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for member in members {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            append(member.name)
            bytes.append(UInt8(ascii: ":"))
            append(member.value)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// Appends an array of objects.
    mutating func append(rows: some Sequence<[Member]>) {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for row in rows {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            append(row)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func append(_ field: Field) {
        switch field {
        case .null, .absent: bytes += "null".utf8
        case .text(let text): append(text)
        case .time(let time): append(time.description)
        case .integer(let number), .byteCount(let number): bytes += String(number).utf8
        case .boolean(let value): bytes += (value ? "true" : "false").utf8
        case .json(let verbatim): bytes += verbatim
        case .texts(let texts):
            bytes.append(UInt8(ascii: "["))
            for (index, text) in texts.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(text)
            }
            bytes.append(UInt8(ascii: "]"))
        }
    }

    /// Appends a string and escapes only what must be (RFC 8259, section 7).
    private mutating func append(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes += (byte < 0x10 ? "\\u000" : "\\u00").utf8
                bytes += String(byte, radix: 16).utf8
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
