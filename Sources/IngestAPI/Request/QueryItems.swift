import EventModel

/// The parameters of a request's query, looked up by name. Parameters that are never looked up are ignored.
struct QueryItems {
    private let items: [(name: String, value: String)]
    /// What is wrong with the parameters that were looked up so far.
    private(set) var faults: [InvalidValue] = []

    init(_ items: [(name: String, value: String)]) {
        self.items = items
    }

    /// The value that a parameter stands for; nil if it was left out or is at fault. A repeated parameter is at fault,
    /// because two readers could disagree on it.
    mutating func value<Value>(of name: String, _ make: (String) throws(InvalidValue) -> Value) -> Value? {
        let values = items.filter { $0.name == name }
        guard let value = values.first else { return nil }
        guard values.count == 1 else {
            faults.append(InvalidValue(field: name, message: "must be given once only"))
            return nil
        }
        do throws(InvalidValue) {
            return try make(value.value)
        } catch {
            faults.append(InvalidValue(field: name, message: error.message))
            return nil
        }
    }

    /// A whole number within a range, in decimal digits only.
    mutating func number(_ name: String, in range: ClosedRange<Int>) -> Int? {
        value(of: name) { text throws(InvalidValue) in
            guard text.utf8.allSatisfy(\.isASCIIDigit), let number = Int(text), range.contains(number) else {
                throw InvalidValue(
                    field: name,
                    message: "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
                )
            }
            return number
        }
    }

    /// Checks that there are no faults.
    func check() throws(APIError) {
        guard faults.isEmpty else { throw .validationFailed(faults) }
    }
}
