/// Something that should not be: two readings of the same bytes that disagree.
struct Finding: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// What the code under test said of an input, so that a corpus can be held to having some of both.
enum Verdict: Sendable, Hashable {
    case taken
    case refused
}

/// Holds something that must be so.
func expect(_ condition: Bool, _ description: @autoclosure () -> String) throws(Finding) {
    guard condition else { throw Finding(description()) }
}

/// Holds two things against each other that must be the same.
func expectSame<Value: Equatable>(
    _ value: Value,
    _ wanted: Value,
    _ what: @autoclosure () -> String
) throws(Finding) {
    guard value == wanted else { throw Finding("\(what()): \(value), and should be \(wanted)") }
}
