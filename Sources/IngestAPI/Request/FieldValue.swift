/// What a request's head holds under one name. Fields that may be given once only are told apart from those that were
/// repeated, because two readers could disagree on which of them counts.
package enum FieldValue: Sendable, Hashable {
    /// There is no such field.
    case absent
    /// There is one such field line.
    case once(String)
    /// There are more of them.
    case repeated

    /// Makes it of the values of all field lines of the name.
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

    /// Adds a line of a field that is a list: together its lines are one value (RFC 9110, section 5.3).
    package mutating func addToList(_ value: String) {
        if case .once(let first) = self { self = .once("\(first),\(value)") } else { add(value) }
    }
}
