import CSQLite

/// The values of a statement that is about to run, by position from 1.
///
/// Bytes are bound by their length, so that a NUL inside is kept, and are copied unless they are borrowed. The first
/// failure is remembered and thrown when the statement runs, so that binding reads as a plain list.
package struct Bindings: ~Copyable {
    private let statement: OpaquePointer
    private(set) var firstFailure: Int32 = SQLITE_OK

    init(statement: OpaquePointer) {
        self.statement = statement
    }

    /// Binds an integer.
    package mutating func set(_ index: Int32, _ value: Int64) {
        note(sqlite3_bind_int64(statement, index, value))
    }

    /// Binds an integer, or NULL.
    package mutating func set(_ index: Int32, _ value: Int64?) {
        if let value { set(index, value) } else { setNull(index) }
    }

    /// Binds NULL.
    package mutating func setNull(_ index: Int32) {
        note(sqlite3_bind_null(statement, index))
    }

    /// Binds text.
    package mutating func set(_ index: Int32, text: String) {
        var text = text
        text.withUTF8 { bytes in setText(index, bytes) }
    }

    /// Binds text, or NULL.
    package mutating func set(_ index: Int32, text: String?) {
        if let text { set(index, text: text) } else { setNull(index) }
    }

    /// Binds text that is given as UTF-8.
    package mutating func set(_ index: Int32, utf8: [UInt8]) {
        utf8.withUnsafeBufferPointer { bytes in setText(index, bytes) }
    }

    /// Binds bytes.
    package mutating func set(_ index: Int32, blob: [UInt8]) {
        blob.withUnsafeBufferPointer { bytes in
            // An empty array may have no address, and SQLite treats a blob without an address as NULL.
            if bytes.isEmpty {
                note(sqlite3_bind_zeroblob(statement, index, 0))
            } else {
                note(csqlite_bind_blob_copied(statement, index, bytes.baseAddress, UInt64(bytes.count)))
            }
        }
    }

    /// Binds bytes that stay where they are, unchanged, until the statement has run.
    package mutating func set(_ index: Int32, borrowedBlob bytes: UnsafeRawBufferPointer) {
        if bytes.isEmpty {
            note(sqlite3_bind_zeroblob(statement, index, 0))
        } else {
            note(csqlite_bind_blob_borrowed(statement, index, bytes.baseAddress, UInt64(bytes.count)))
        }
    }

    /// Binds UTF-8 text that stays where it is, unchanged, until the statement has run.
    package mutating func set(_ index: Int32, borrowedText bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0, let address = bytes.baseAddress else {
            note(csqlite_bind_text_copied(statement, index, "", 0))
            return
        }
        note(
            csqlite_bind_text_borrowed(
                statement,
                index,
                address.assumingMemoryBound(to: CChar.self),
                UInt64(bytes.count)
            )
        )
    }

    private mutating func setText(_ index: Int32, _ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count > 0, let address = bytes.baseAddress else {
            // Text without an address would be NULL.
            note(csqlite_bind_text_copied(statement, index, "", 0))
            return
        }
        address.withMemoryRebound(to: CChar.self, capacity: bytes.count) { characters in
            note(csqlite_bind_text_copied(statement, index, characters, UInt64(bytes.count)))
        }
    }

    private mutating func note(_ code: Int32) {
        precondition(code != SQLITE_RANGE, "the statement has no value at that position")
        if firstFailure == SQLITE_OK { firstFailure = code }
    }
}
