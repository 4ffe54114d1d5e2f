import EventLedger
import IngestAPI

/// Lines that were read and wait to be stored together.
struct LineBatch: Sendable {
    /// A line that is refused, and why.
    struct Rejected: Sendable, Hashable {
        /// The line's number in the file, from 1.
        var line: Int
        /// What is wrong with it.
        var faults: [InvalidValue]
    }

    /// The events, for a store that this process holds.
    private(set) var parsed = ParsedBatch()
    /// The same events, one on each line, for a store that another process holds.
    private(set) var body: [UInt8] = []
    /// The numbers of their lines, in the same order.
    private(set) var lines: [Int] = []
    /// The lines that are refused without asking the store.
    private(set) var rejected: [Rejected] = []

    /// Whether nothing waits.
    var isEmpty: Bool { lines.isEmpty && rejected.isEmpty }

    /// Whether a line of that many bytes still fits.
    func hasRoom(forLineOf byteCount: Int) -> Bool {
        lines.count + rejected.count < Limits.batchEvents && body.count + byteCount + 1 <= Limits.batchBodyBytes
    }

    /// Adds a line to offer to the store.
    mutating func add(_ event: ParsedIngest, text: UnsafeRawBufferPointer, line: Int) {
        parsed.append(event)
        body.append(contentsOf: text)
        body.append(UInt8(ascii: "\n"))
        lines.append(line)
    }

    /// Adds a line that is refused.
    mutating func reject(line: Int, _ faults: [InvalidValue]) {
        rejected.append(Rejected(line: line, faults: faults))
    }
}
