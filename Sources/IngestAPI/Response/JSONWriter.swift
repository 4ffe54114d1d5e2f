import EventModel

/// Writes JSON without white space. It writes the commas; the caller makes sure that every member has a name and every
/// name a value.
package struct JSONWriter: Sendable {
    /// The bytes written so far.
    package private(set) var bytes: [UInt8] = []
    /// Whether a value was already written in the open container, so that the next one needs a comma before it.
    private var needsComma = false

    /// Creates a writer with room for this number of bytes.
    package init(reserving byteCount: Int = 256) {
        bytes.reserveCapacity(byteCount)
    }

    /// Writes an object.
    package mutating func object(_ members: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        members(&self)
        close(UInt8(ascii: "}"))
    }

    /// Writes an array.
    package mutating func array<Elements: Sequence>(
        _ elements: Elements,
        _ write: (inout JSONWriter, Elements.Element) -> Void
    ) {
        open(UInt8(ascii: "["))
        for element in elements { write(&self, element) }
        close(UInt8(ascii: "]"))
    }

    /// Writes a member's name, which needs no escapes; its value comes next.
    package mutating func name(_ name: StaticString) {
        word(name)
        endName()
    }

    /// Writes a member's name, whatever it holds; its value comes next.
    package mutating func name(escaping name: some StringProtocol) {
        string(name)
        endName()
    }

    /// Writes a string, with everything escaped that RFC 8259, section 7, wants escaped.
    package mutating func string(_ value: some StringProtocol) {
        separate()
        bytes.appendJSON(string: value)
        needsComma = true
    }

    /// Writes a string, or null.
    package mutating func string(_ value: String?) {
        if let value { string(value) } else { null() }
    }

    /// Writes a constant string, which needs no escapes.
    package mutating func word(_ word: StaticString) {
        quoted { $0.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)) }
    }

    /// Writes a string whose contents `write` appends and which needs no escapes, such as an id or a time.
    package mutating func quoted(_ write: (inout [UInt8]) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        write(&bytes)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Writes a whole number.
    package mutating func number(_ value: some BinaryInteger) {
        raw(String(value).utf8)
    }

    /// Writes `true` or `false`.
    package mutating func boolean(_ value: Bool) {
        raw((value ? "true" : "false").utf8)
    }

    /// Writes `null`.
    package mutating func null() {
        raw("null".utf8)
    }

    /// Writes a value that is JSON already, byte for byte.
    package mutating func raw(_ json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    /// Ends a line after a value, so that the next value is a text of its own.
    package mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    private mutating func endName() {
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }
}
