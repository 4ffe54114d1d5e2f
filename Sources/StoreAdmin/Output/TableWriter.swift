import EventLedger

/// Writes fields as a table for people, aligned by the columns they take on a terminal, not by their bytes.
enum TableWriter {
    /// How many columns of a terminal a JSON value of a listing may take.
    static let abridgedWidth = 60

    private static let gap = "  "

    /// A header line and a line for each row; numbers are right-aligned.
    static func table(columns: [String], rows: [[Field]]) -> String {
        let cells = rows.map { row in row.map { text(of: $0).abridgedIfJSON($0) } }
        let widths = columns.indices.map { column in
            cells.reduce(columns[column].displayWidth) { max($0, $1[column].displayWidth) }
        }
        let isNumeric = columns.indices.map { column in rows.contains { $0[column].isNumber } }
        var result = line(columns, widths: widths, isNumeric: isNumeric)
        for row in cells {
            result += line(row, widths: widths, isNumeric: isNumeric)
        }
        return result
    }

    /// One line for each value of a record, preceded by its name.
    static func record(_ members: [Member]) -> String {
        let width = members.reduce(0) { max($0, $1.name.displayWidth) }
        return members.reduce(into: "") { result, member in
            result += padded(member.name, to: width) + gap + text(of: member.value) + "\n"
        }
    }

    private static func line(_ cells: [String], widths: [Int], isNumeric: [Bool]) -> String {
        var result = ""
        for (column, cell) in cells.enumerated() {
            if column > 0 { result += gap }
            let isLast = column == cells.count - 1
            if isNumeric[column] {
                result += String(repeating: " ", count: widths[column] - cell.displayWidth) + cell
            } else {
                result += isLast ? cell : padded(cell, to: widths[column])
            }
        }
        return result + "\n"
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.displayWidth))
    }

    private static func text(of field: Field) -> String {
        switch field {
        case .null: "-"
        case .absent(let word): word
        case .text(let text): text.visible
        case .time(let time): withMilliseconds(time)
        case .integer(let number): String(number)
        case .boolean(let value): value ? "yes" : "no"
        case .byteCount(let bytes): "\(bytes) bytes" + (humanSize(bytes).map { " (\($0))" } ?? "")
        case .texts(let texts): texts.isEmpty ? "-" : texts.joined(separator: " ").visible
        case .json(let bytes): String(decoding: bytes, as: UTF8.self).visible
        }
    }

    /// A time with at least three digits of fractional seconds, as the store's own times have, or more if it has more.
    private static func withMilliseconds(_ time: EventTime) -> String {
        let parts = time.description.dropLast().split(separator: ".", maxSplits: 1)
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        return "\(parts[0]).\(fraction)\(String(repeating: "0", count: max(0, 3 - fraction.count)))Z"
    }

    /// A size in binary units with one digit after the point; nil below 1 KiB, for which the plain number is enough.
    static func humanSize(_ bytes: Int64) -> String? {
        guard bytes >= 1_024 else { return nil }
        var unit: Int64 = 1_024
        var names = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][...]
        while names.count > 1, bytes / unit >= 1_024 {
            unit *= 1_024
            names.removeFirst()
        }
        // Rounded down, so that the figure never claims more than there is.
        let tenths = Int128(bytes % unit) * 10 / Int128(unit)
        return "\(bytes / unit).\(tenths) \(names.first ?? "")"
    }
}

extension Field {
    fileprivate var isNumber: Bool {
        switch self {
        case .integer, .byteCount: true
        default: false
        }
    }
}

extension String {
    fileprivate func abridgedIfJSON(_ field: Field) -> String {
        guard case .json = field else { return self }
        return abridged(toWidth: TableWriter.abridgedWidth)
    }
}
