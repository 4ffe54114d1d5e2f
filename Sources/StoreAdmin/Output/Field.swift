import EventLedger

/// One value of a listing, independent of the format in which it is shown.
enum Field: Sendable, Hashable {
    /// The value is unknown or was not given.
    case null
    /// No value, with the word that a table shows for it.
    case absent(String)
    /// Any text.
    case text(String)
    /// A time that a client named, of any precision.
    case time(EventTime)
    /// A number or a count.
    case integer(Int64)
    /// Yes or no.
    case boolean(Bool)
    /// A size in bytes.
    case byteCount(Int64)
    /// A few words.
    case texts([String])
    /// A JSON value that is written byte for byte.
    case json([UInt8])

    /// Text, or nothing.
    init(_ value: (some CustomStringConvertible)?) {
        self = value.map { .text($0.description) } ?? .null
    }
}

/// A named value that accompanies the rows of a listing.
struct Member: Sendable, Hashable {
    var name: String
    var value: Field
}
