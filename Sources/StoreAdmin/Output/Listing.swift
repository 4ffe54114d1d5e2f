import IngestAPI

/// The columns that one kind of thing is shown in, declared once for all formats.
struct Listing<Row>: Sendable {
    /// One column: its value, and its name, which is the same as a table's heading, a JSON member and a CSV header.
    struct Column: Sendable {
        var name: String
        var value: @Sendable (Row) -> Field

        init(_ name: String, _ value: @escaping @Sendable (Row) -> Field) {
            self.name = name
            self.value = value
        }
    }

    let columns: [Column]

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Shows many rows.
    ///
    /// As JSON they are one document, `{"data":[…]}`, with `members` after the data; the other formats omit `members`.
    func text(of rows: [Row], as format: OutputFormat, members: [Member] = []) -> [UInt8] {
        switch format {
        case .table:
            return Array(TableWriter.table(columns: columns.map(\.name), rows: rows.map(fields)).utf8)
        case .csv:
            var writer = CSVWriter(columns: columns.map(\.name))
            for row in rows { writer.append(fields(of: row)) }
            return writer.bytes
        case .json:
            var data = JSONWriter()
            data.array(rows) { $0.object(self.members(of: $1)) }
            return document(data, members)
        }
    }

    /// Shows one row by itself: a line for each value, a JSON document `{"data":{…}}`, or a CSV header and line.
    func text(of row: Row, as format: OutputFormat) -> [UInt8] {
        switch format {
        case .table:
            return Array(TableWriter.record(members(of: row)).utf8)
        case .csv:
            return text(of: [row], as: .csv)
        case .json:
            var data = JSONWriter()
            data.object(members(of: row))
            return document(data, [])
        }
    }

    private func document(_ data: JSONWriter, _ members: [Member]) -> [UInt8] {
        var document = JSONWriter()
        document.object([Member(name: "data", value: .json(data.bytes))] + members)
        document.endLine()
        return document.bytes
    }

    private func fields(of row: Row) -> [Field] {
        columns.map { $0.value(row) }
    }

    private func members(of row: Row) -> [Member] {
        columns.map { Member(name: $0.name, value: $0.value(row)) }
    }
}
