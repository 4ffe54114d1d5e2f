import CSQLite

/// The row that a statement is on, by column from 0. It is valid only within the closure that gets it.
package struct Row: ~Copyable {
    private let statement: OpaquePointer

    init(statement: OpaquePointer) {
        self.statement = statement
    }

    /// Whether a column is NULL.
    package func isNull(_ column: Int32) -> Bool {
        sqlite3_column_type(statement, column) == SQLITE_NULL
    }

    /// A column as an integer; 0 for NULL.
    package func integer(_ column: Int32) -> Int64 {
        sqlite3_column_int64(statement, column)
    }

    /// A column as an integer; nil for NULL.
    package func integerIfPresent(_ column: Int32) -> Int64? {
        isNull(column) ? nil : integer(column)
    }

    /// Lends the bytes of a text or blob column, without copying them; no bytes for NULL.
    package func withBytes<Result>(_ column: Int32, _ body: (RawSpan) -> Result) -> Result {
        // The address first, then the length: the other way round the address may be that of a conversion.
        let address = sqlite3_column_blob(statement, column)
        let count = Int(sqlite3_column_bytes(statement, column))
        let bytes = UnsafeRawBufferPointer(start: address, count: address == nil ? 0 : count)
        return body(bytes.bytes)
    }

    /// A text or blob column, copied; no bytes for NULL.
    package func bytes(_ column: Int32) -> [UInt8] {
        withBytes(column) { span in
            span.withUnsafeBytes { Array($0) }
        }
    }

    /// A text column, copied; empty for NULL.
    package func text(_ column: Int32) -> String {
        withBytes(column) { span in
            span.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// A text column, copied; nil for NULL.
    package func textIfPresent(_ column: Int32) -> String? {
        isNull(column) ? nil : text(column)
    }
}
