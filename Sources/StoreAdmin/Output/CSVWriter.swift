import EventLedger

/// Writes fields as comma-separated values (RFC 4180): lines end in CR LF, the first one names the columns.
///
/// A missing value is an empty field, and a list is its words separated by spaces. A field is quoted if it holds a
/// comma, a quotation mark or a line break, and is otherwise left as it is. Nothing is added against spreadsheets that
/// take a field for a formula, because a reader of the file could not tell that apart from the data.
struct CSVWriter {
    /// What was written so far.
    private(set) var bytes: [UInt8] = []

    /// Writes the header line.
    init(columns: [String]) {
        append(columns.map { Field.text($0) })
    }

    /// Appends one line.
    mutating func append(_ row: [Field]) {
        for (index, field) in row.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(field)
        }
        bytes += [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
    }

    private mutating func append(_ field: Field) {
        switch field {
        case .null, .absent: break
        case .text(let text): append(Array(text.utf8))
        case .time(let time): append(Array(time.description.utf8))
        case .integer(let number), .byteCount(let number): bytes += String(number).utf8
        case .boolean(let value): bytes += (value ? "true" : "false").utf8
        case .texts(let texts): append(Array(texts.joined(separator: " ").utf8))
        case .json(let verbatim): append(verbatim)
        }
    }

    private mutating func append(_ text: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let mustBeQuoted = text.contains { byte in
            switch byte {
            case UInt8(ascii: ","), quote, UInt8(ascii: "\r"), UInt8(ascii: "\n"): true
            default: false
            }
        }
        guard mustBeQuoted else {
            bytes += text
            return
        }
        bytes.append(quote)
        for byte in text {
            if byte == quote { bytes.append(quote) }
            bytes.append(byte)
        }
        bytes.append(quote)
    }
}
