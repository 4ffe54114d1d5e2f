import IngestAPI
import NIOCore
import NIOHTTP1

/// The form in which an ``APIResponse`` leaves the process where the router is not in between.
extension APIResponse {
    /// The whole HTTP/1.1 message.
    ///
    /// - Parameters:
    ///   - id: The request's.
    ///   - date: The value of `Date`.
    ///   - connection: The value of `Connection`, where it has to be said.
    func message(
        id: String,
        date: String,
        connection: String?,
        withBody: Bool = true,
        allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        var message = allocator.buffer(capacity: 512 + body.count)
        if status == 200 {
            message.writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            let status = HTTPResponseStatus(statusCode: status)
            message.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        }
        for field in headers {
            message.writeString(field.name)
            message.writeStaticString(": ")
            message.writeString(field.value)
            message.writeStaticString("\r\n")
        }
        message.writeStaticString("X-Request-Id: ")
        message.writeString(id)
        message.writeStaticString("\r\nDate: ")
        message.writeString(date)
        if let connection {
            message.writeStaticString("\r\nConnection: ")
            message.writeString(connection)
        }
        message.writeStaticString("\r\nContent-Length: ")
        message.writeString(String(body.count))
        message.writeStaticString("\r\n\r\n")
        if withBody { message.writeBytes(body) }
        return message
    }
}
