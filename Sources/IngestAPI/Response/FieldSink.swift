/// A destination for the fields of an answer's head.
package protocol FieldSink {
    /// Adds a field.
    mutating func add(_ name: String, _ value: String)
    /// Adds a field whose value is a number.
    mutating func add(_ name: String, _ value: Int64)
}

extension [APIResponse.Header]: FieldSink {
    package mutating func add(_ name: String, _ value: String) {
        append(APIResponse.Header(name, value))
    }

    package mutating func add(_ name: String, _ value: Int64) {
        append(APIResponse.Header(name, String(value)))
    }
}
