import IngestAPI
import NIOCore
import NIOHTTP1

/// The forms in which an ``APIResponse`` leaves the process.
extension APIResponse {
    /// The head, for the HTTP/1 handlers.
    var head: HTTPResponseHead {
        var headers = HTTPHeaders()
        headers.reserveCapacity(self.headers.count + 4)
        for field in self.headers { headers.add(name: field.name, value: field.value) }
        headers.add(name: "Content-Length", value: "\(body.count)")
        return HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
    }

    /// The whole HTTP/1.1 message, for an answer that goes past the handlers because there is no request to answer.
    func message(
        headers fields: [(String, String)],
        withBody: Bool = true,
        allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        let head = head
        var message = allocator.buffer(capacity: 512 + body.count)
        message.writeString("HTTP/1.1 \(head.status.code) \(head.status.reasonPhrase)\r\n")
        for (name, value) in head.headers { message.writeString("\(name): \(value)\r\n") }
        for (name, value) in fields { message.writeString("\(name): \(value)\r\n") }
        message.writeString("\r\n")
        if withBody { message.writeBytes(body) }
        return message
    }
}
