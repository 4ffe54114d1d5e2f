import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A connection that sends exactly the bytes it is given, however wrong.
///
/// Its calls block, so each runs on a thread made for it and never on the pool that the server runs on.
final class WireConnection: Sendable {
    private let descriptor: Int32
    /// What was received and not yet read. One test uses a connection, and one call at a time.
    private let received = LockedBytes()

    private init(descriptor: Int32) {
        self.descriptor = descriptor
        // No test waits forever: if a server does not answer, the call throws.
        var timeout = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
    }

    /// Connects to a port of this machine.
    static func open(port: Int) async throws -> WireConnection {
        try await onThread {
            let descriptor = socket(AF_INET, wireStreamType, 0)
            guard descriptor >= 0 else { throw SocketFailure("socket") }
            let connection = WireConnection(descriptor: descriptor)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(UInt16(port)).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard result == 0 else { throw SocketFailure("connect") }
            return connection
        }
    }

    /// Connects to a Unix socket.
    static func open(path: String) async throws -> WireConnection {
        try await onThread {
            let descriptor = socket(AF_UNIX, wireStreamType, 0)
            guard descriptor >= 0 else { throw SocketFailure("socket") }
            let connection = WireConnection(descriptor: descriptor)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            guard result == 0 else { throw SocketFailure("connect") }
            return connection
        }
    }

    /// Sends all of the bytes.
    func send(_ bytes: some Sequence<UInt8>) async throws {
        let bytes = Array(bytes)
        try await WireConnection.onThread { try self.sendNow(bytes) }
    }

    /// Sends text.
    func send(_ text: String) async throws { try await send(text.utf8) }

    /// Closes the sending side and goes on receiving.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Reads one response; informational ones count too.
    ///
    /// - Parameter hasBody: False for the answer to a HEAD, whose Content-Length is not followed by a body.
    func response(hasBody: Bool = true) async throws -> WireResponse {
        try await WireConnection.onThread {
            while true {
                if let response = self.received.takeResponse(hasBody: hasBody) { return response }
                guard try self.receiveNow() else { throw SocketFailure("the connection ended within a response") }
            }
        }
    }

    /// Waits until a part of an answer has arrived.
    func waitForBytes() async throws {
        try await WireConnection.onThread { _ = try self.receiveNow() }
    }

    /// Whether there are bytes that were not read yet; does not wait.
    var hasBytes: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) >= 0
    }

    /// Sends a request and reads its response.
    func exchange(_ request: WireRequest) async throws -> WireResponse {
        try await send(request.bytes)
        return try await response(hasBody: request.method != "HEAD")
    }

    /// Reads to the end of the connection and returns what came.
    ///
    /// - Throws: ``SocketFailure`` if the connection was reset rather than closed.
    func rest() async throws -> [UInt8] {
        try await WireConnection.onThread {
            while try self.receiveNow() {}
            return self.received.takeAll()
        }
    }

    private func sendNow(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                wireSend(descriptor, buffer.baseAddress! + sent, buffer.count - sent)
            }
            guard count > 0 else { throw SocketFailure("send") }
            sent += count
        }
    }

    /// Receives some bytes; false at the end.
    private func receiveNow() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var count = -1
        repeat {
            count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress!, $0.count, 0) }
            // A test that was suspended and continued (SIGSTOP, SIGCONT) has its call interrupted.
        } while count < 0 && errno == EINTR
        guard count >= 0 else { throw SocketFailure("receive") }
        received.append(buffer.prefix(count))
        return count > 0
    }

    /// Runs a blocking call on a thread of its own.
    static func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
        }
    }
}

/// A call on a socket that failed.
struct SocketFailure: Error, CustomStringConvertible {
    var description: String

    init(_ call: String) {
        description = "\(call): \(String(cString: strerror(errno)))"
    }
}

#if canImport(Darwin)
let wireStreamType = SOCK_STREAM
#else
let wireStreamType = Int32(SOCK_STREAM.rawValue)
#endif

private func wireSend(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Darwin)
    send(descriptor, bytes, count, 0)
    #else
    send(descriptor, bytes, count, Int32(MSG_NOSIGNAL))
    #endif
}
