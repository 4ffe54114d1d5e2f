import NIOCore
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// An answer as it came over the wire.
struct RawResponse: Sendable, Equatable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: String

    /// A field's value; nil where it is missing.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    static func == (left: RawResponse, right: RawResponse) -> Bool {
        left.status == right.status && left.body == right.body
    }
}

/// What went wrong on a client's side.
enum RawClientError: Error {
    case cannotConnect(Int32)
    case connectionClosed(received: String)
    case noAnswer(Int32)
}

/// A blocking client on a socket, which sends exactly the bytes that it is told to.
///
/// It blocks, so it is used on a thread of its own: see ``onThread(_:)``.
final class RawClient {
    private let descriptor: Int32
    private var received: [UInt8] = []

    init(port: Int) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let opened = socket(AF_INET, RawClient.stream, 0)
        descriptor = opened
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(opened, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw RawClientError.cannotConnect(errno) }
        // No test waits for ever; none depends on how long this is.
        var timeout = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(opened, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var noDelay: Int32 = 1
        setsockopt(opened, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    #if canImport(Darwin)
    private static let stream = SOCK_STREAM
    private static let noSignal: Int32 = 0
    #elseif canImport(Musl)
    private static let stream = SOCK_STREAM
    private static let noSignal = Int32(MSG_NOSIGNAL)
    #else
    private static let stream = Int32(SOCK_STREAM.rawValue)
    private static let noSignal = Int32(MSG_NOSIGNAL)
    #endif

    /// Sends as much as the server takes; tells whether it took all.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Sends as much as the server takes; tells whether it took all.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { sendBytes(descriptor, $0.baseAddress, $0.count, RawClient.noSignal) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Says that nothing more will be sent.
    func endSending() { shutdown(descriptor, RawClient.writeSide) }

    #if canImport(Glibc)
    private static let writeSide = Int32(SHUT_WR)
    #else
    private static let writeSide = SHUT_WR
    #endif

    /// Reads one answer. Interim answers are returned like others.
    func response(toHead: Bool = false) throws -> RawResponse {
        let headEnd = Array("\r\n\r\n".utf8)
        var end: Int?
        while end == nil {
            end = received.firstRange(of: headEnd)?.lowerBound
            if end == nil { try receive() }
        }
        let lines = String(decoding: received[..<end!], as: UTF8.self).split(separator: "\r\n")
        received.removeFirst(end! + headEnd.count)
        let status = Int(lines[0].split(separator: " ")[1])!
        let headers = lines.dropFirst().map { line in
            let name = line.prefix { $0 != ":" }
            return (name: String(name), value: String(line.dropFirst(name.count + 2)))
        }
        var response = RawResponse(status: status, headers: headers, body: "")
        let length = toHead || status < 200 ? 0 : Int(response.header("Content-Length") ?? "") ?? 0
        while received.count < length { try receive() }
        response.body = String(decoding: received.prefix(length), as: UTF8.self)
        received.removeFirst(length)
        return response
    }

    /// Whether the server closed the connection properly, and not by a reset, with nothing more sent.
    func isClosedByServer() -> Bool {
        guard received.isEmpty else { return false }
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, 0) == 0
    }

    private func receive() throws {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count != 0 else {
            throw RawClientError.connectionClosed(received: String(decoding: received, as: UTF8.self))
        }
        guard count > 0 else { throw RawClientError.noAnswer(errno) }
        received += chunk[..<count]
    }
}

#if canImport(Darwin)
private let sendBytes = Darwin.send
#elseif canImport(Musl)
private let sendBytes = Musl.send
#else
private let sendBytes = Glibc.send
#endif

/// Runs blocking code on a thread of its own: the threads that run tests are few, and the server needs them.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let thread = BlockingThread { continuation.resume(with: Result { try body() }) }
        thread.start()
    }
}

/// A request's bytes.
func requestText(
    _ method: String = "POST",
    _ target: String = "/v1/events",
    token: String? = nil,
    headers: [String] = [],
    body: String? = nil
) -> String {
    var lines = ["\(method) \(target) HTTP/1.1", "Host: localhost"]
    if let token { lines.append("Authorization: Bearer \(token)") }
    lines += headers
    if let body { lines.append("Content-Length: \(body.utf8.count)") }
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
}
