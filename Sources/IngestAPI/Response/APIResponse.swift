/// An answer without what the connection adds: its length, its date and the request's id.
package struct APIResponse: Sendable, Hashable {
    /// A field of the answer's head.
    package struct Header: Sendable, Hashable {
        /// The field's name.
        package var name: String
        /// The field's value.
        package var value: String

        /// Creates a field.
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The HTTP status code.
    package var status: Int
    /// The fields of the answer's head, `Content-Type` first.
    package var headers: [Header]
    /// The body as JSON.
    package var body: [UInt8]

    /// Made once, because nearly every answer has no other fields.
    private static let jsonOnly = [Header("Content-Type", "application/json")]

    /// Creates an answer with a JSON body.
    ///
    /// - Parameters:
    ///   - status: The HTTP status code.
    ///   - headers: The fields besides `Content-Type`.
    ///   - byteCount: About how many bytes will be written.
    ///   - write: Writes the body.
    package init(
        status: Int,
        headers: [Header] = [],
        reserving byteCount: Int = 256,
        _ write: (inout JSONWriter) -> Void
    ) {
        var writer = JSONWriter(reserving: byteCount)
        write(&writer)
        self.status = status
        self.headers = headers.isEmpty ? APIResponse.jsonOnly : APIResponse.jsonOnly + headers
        self.body = writer.bytes
    }
}
