/// A violation that was found: two readings of the same bytes that disagree.
struct Finding: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// What the code under test decided about an input, so that a corpus can be required to have both.
enum Verdict: Sendable, Hashable {
    case taken
    case refused
}

/// Checks a condition.
func expect(_ condition: Bool, _ description: @autoclosure () -> String) throws(Finding) {
    guard condition else { throw Finding(description()) }
}

/// Checks that two values are the same.
func expectSame<Value: Equatable>(
    _ value: Value,
    _ wanted: Value,
    _ what: @autoclosure () -> String
) throws(Finding) {
    guard value == wanted else { throw Finding("\(what()): \(value), and should be \(wanted)") }
}
