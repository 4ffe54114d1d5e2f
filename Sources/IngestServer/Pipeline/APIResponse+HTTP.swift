import IngestAPI
import NIOCore
import NIOHTTP1

/// The form in which an ``APIResponse`` leaves the process if it does not go through the router.
extension APIResponse {
    /// The whole HTTP/1.1 message.
    ///
    /// - Parameters:
    ///   - id: The id of the request.
    ///   - date: The value of `Date`.
    ///   - connection: The value of `Connection`, if the answer needs one.
    ///   - writeFields: Writes the fields that the answer has besides its own.
    func message(
        id: String,
        date: String,
        connection: String?,
        withBody: Bool = true,
        allocator: ByteBufferAllocator,
        writeFields: (inout ByteBuffer) -> Void
    ) -> ByteBuffer {
        var message = allocator.buffer(capacity: 512 + body.count)
        if status == 200 {
            message.writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            let status = HTTPResponseStatus(statusCode: status)
            message.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        }
        for field in headers { message.add(field.name, field.value) }
        writeFields(&message)
        message.add("X-Request-Id", id)
        message.add("Date", date)
        if let connection { message.add("Connection", connection) }
        message.add("Content-Length", Int64(body.count))
        message.writeStaticString("\r\n")
        if withBody { message.writeBytes(body) }
        return message
    }
}

/// Writes fields as a message has them, each in one piece, because every write looks for room by itself.
extension ByteBuffer: FieldSink {
    package mutating func add(_ name: String, _ value: String) {
        var value = value
        value.withUTF8 { add(name, $0) }
    }

    package mutating func add(_ name: String, _ value: Int64) {
        withDigits(of: value) { $0.add(name, $1) }
    }

    private mutating func add(_ name: String, _ value: UnsafeBufferPointer<UInt8>) {
        var name = name
        name.withUTF8 { name in
            let byteCount = name.count + value.count + 4
            writeWithUnsafeMutableBytes(minimumWritableBytes: byteCount) { bytes in
                let valueStart = name.count + 2
                bytes[..<name.count].copyBytes(from: name)
                bytes[name.count] = UInt8(ascii: ":")
                bytes[name.count + 1] = UInt8(ascii: " ")
                bytes[valueStart..<(valueStart + value.count)].copyBytes(from: value)
                bytes[byteCount - 2] = UInt8(ascii: "\r")
                bytes[byteCount - 1] = UInt8(ascii: "\n")
                return byteCount
            }
        }
    }

    /// Lends the digits of a number without making a string of it: an answer with limits has seven numbers.
    private mutating func withDigits(
        of number: Int64,
        _ body: (inout ByteBuffer, UnsafeBufferPointer<UInt8>) -> Void
    ) {
        var rest = number.magnitude
        // A sign, and as many digits as any number has.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { text in
            var first = text.count
            repeat {
                first -= 1
                text[first] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            if number < 0 {
                first -= 1
                text[first] = UInt8(ascii: "-")
            }
            body(&self, UnsafeBufferPointer(rebasing: text[first...]))
        }
    }
}

extension HTTPHeaders: FieldSink {
    package mutating func add(_ name: String, _ value: String) { add(name: name, value: value) }
    package mutating func add(_ name: String, _ value: Int64) { add(name: name, value: String(value)) }
}
