/// What a request's head holds under one name. A field that was given once is distinguished from one that was repeated,
/// because two readers could disagree on which of the repeated values counts.
package enum FieldValue: Sendable, Hashable {
    /// There is no such field.
    case absent
    /// There is one such field line.
    case once(String)
    /// There is more than one such field line.
    case repeated

    /// Creates a value from all field lines of the name.
    package init(_ values: [String]) {
        switch values.count {
        case 0: self = .absent
        case 1: self = .once(values[0])
        default: self = .repeated
        }
    }

    /// Adds a field line.
    package mutating func add(_ value: String) {
        self = self == .absent ? .once(value) : .repeated
    }

    /// Adds a line of a field that is a list, whose lines together form one value (RFC 9110, section 5.3).
    package mutating func addToList(_ value: String) {
        if case .once(let first) = self { self = .once("\(first),\(value)") } else { add(value) }
    }
}
