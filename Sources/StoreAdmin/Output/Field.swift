import EventLedger

/// One value of a listing, before it is known in which format it is shown.
enum Field: Sendable, Hashable {
    /// Nothing is known or nothing was given.
    case null
    /// Nothing, with the word that a table has for it.
    case absent(String)
    /// Any text.
    case text(String)
    /// A moment that a client named, of whatever precision.
    case time(EventTime)
    /// A number or a count.
    case integer(Int64)
    /// Yes or no.
    case boolean(Bool)
    /// A size in bytes.
    case byteCount(Int64)
    /// A few words.
    case texts([String])
    /// A JSON value that is given out byte for byte.
    case json([UInt8])

    /// Text, or nothing.
    init(_ value: (some CustomStringConvertible)?) {
        self = value.map { .text($0.description) } ?? .null
    }
}

/// A named value beside the rows of a listing.
struct Member: Sendable, Hashable {
    var name: String
    var value: Field
}
