import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Finds the end of an answer and only reads its status, its `Content-Length`, and whether its body contains a word.
struct ResponseScanner {
    /// A complete answer.
    struct Response {
        let status: Int
        let holdsWord: Bool
        /// How many bytes it has, including its head.
        let byteCount: Int
    }

    /// An answer that the scanner cannot read.
    struct Unreadable: Error {}

    private let word: [UInt8]

    init(lookingFor word: String) {
        self.word = Array(word.utf8)
    }

    /// Reads the answer at the start of `bytes`; nil while it is incomplete.
    func response(_ bytes: UnsafeRawBufferPointer) throws -> Response? {
        guard let headEnd = find(Self.headEnd, in: bytes[...]) else { return nil }
        guard headEnd >= 12, let status = number(bytes[9..<12]) else { throw Unreadable() }
        guard let length = contentLength(bytes[..<(headEnd + 2)]) else { throw Unreadable() }
        let body = headEnd + Self.headEnd.count
        guard bytes.count >= body + length else { return nil }
        return Response(
            status: status,
            holdsWord: find(word, in: bytes[body..<body + length]) != nil,
            byteCount: body + length
        )
    }

    private static let headEnd = Array("\r\n\r\n".utf8)
    private static let name = Array("content-length:".utf8)

    private func contentLength(_ head: Slice<UnsafeRawBufferPointer>) -> Int? {
        var line = head.startIndex
        while line < head.endIndex {
            guard let end = head[line...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            let value = line + Self.name.count
            if value < end, zip(head[line..<value], Self.name).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) {
                return number(head[value..<end])
            }
            line = end + 1
        }
        return nil
    }

    /// The number written in some bytes, with white space around it.
    private func number(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        var value: Int?
        for byte in bytes where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            value = min((value ?? 0) * 10 + Int(byte - UInt8(ascii: "0")), 1 << 40)
        }
        return value
    }

    private func find(_ pattern: [UInt8], in bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        let part = UnsafeRawBufferPointer(rebasing: bytes)
        guard let base = part.baseAddress else { return nil }
        var place = 0
        while place + pattern.count <= part.count {
            guard let found = memchr(base + place, Int32(pattern[0]), part.count - pattern.count - place + 1) else {
                return nil
            }
            place = UnsafeRawPointer(found) - base
            if memcmp(base + place, pattern, pattern.count) == 0 { return bytes.startIndex + place }
            place += 1
        }
        return nil
    }
}
