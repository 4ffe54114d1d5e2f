/// What takes the fields of an answer's head, wherever they go from there.
package protocol FieldSink {
    /// Takes a field.
    mutating func add(_ name: String, _ value: String)
    /// Takes a field whose value is a number.
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
