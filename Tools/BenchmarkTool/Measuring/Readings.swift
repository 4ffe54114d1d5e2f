import Foundation

/// What a measured program printed: lines of a name and one or more numbers.
///
///     rate 1 66000
///     total 65500
struct Readings: Sendable {
    private let lines: [(name: String, numbers: [Double])]

    /// Reads a program's output; other lines are skipped.
    init(_ text: String) {
        lines = text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            let numbers = words.dropFirst().compactMap { Double($0) }
            guard let name = words.first, !numbers.isEmpty, numbers.count == words.count - 1 else { return nil }
            return (String(name), numbers)
        }
    }

    /// The number with a name, or nil if the program did not print it.
    subscript(name: String) -> Double? {
        lines.last { $0.name == name }?.numbers.last
    }

    /// The rates of the full millions, in order.
    var rates: [Double] { lines.filter { $0.name == "rate" }.compactMap(\.numbers.last) }

    /// The rate of the last full million; that of the whole if there was none.
    var lastRate: Double? { rates.last ?? self["total"] }

    /// Prints a line.
    static func print(_ name: String, _ numbers: Double...) {
        let words = numbers.map { $0 == $0.rounded() ? String(Int($0)) : String(format: "%.2f", $0) }
        // If nobody listens any more, the failure cannot be reported to anybody.
        try? FileHandle.standardOutput.write(contentsOf: Data("\(name) \(words.joined(separator: " "))\n".utf8))
    }

    /// Tells the process that started this one, which reads standard error, that something has begun.
    static func announce(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
    }
}
