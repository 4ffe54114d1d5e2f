import IngestAPI
import NIOCore
import NIOHTTP1

/// The form in which an ``APIResponse`` leaves the process where the router is not in between.
extension APIResponse {
    /// The whole HTTP/1.1 message.
    func message(
        headers fields: [(String, String)],
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
        for field in headers { message.writeField(field.name, field.value) }
        for (name, value) in fields { message.writeField(name, value) }
        message.writeField("Content-Length", String(body.count))
        message.writeStaticString("\r\n")
        if withBody { message.writeBytes(body) }
        return message
    }
}

extension ByteBuffer {
    fileprivate mutating func writeField(_ name: String, _ value: String) {
        writeString(name)
        writeStaticString(": ")
        writeString(value)
        writeStaticString("\r\n")
    }
}
