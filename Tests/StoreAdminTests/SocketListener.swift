import Foundation

/// A Unix socket that answers one HTTP request, in place of the process that holds a store.
final class SocketListener: Sendable {
    private let descriptor: Int32

    /// A failed system call.
    struct Failure: Error {
        var call: String
        var code: Int32

        init(_ call: String) {
            self.call = call
            self.code = errno
        }
    }

    init(path: String) throws {
        #if os(Linux)
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #else
        descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { throw Failure("socket") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { throw Failure("bind") }
        guard listen(descriptor, 4) == 0 else { throw Failure("listen") }
    }

    func close() {
        // The descriptor is closed once: after this call, nobody uses the listener.
        shutdown(descriptor, Int32(SHUT_RDWR))
        #if os(Linux)
        _ = Glibc.close(descriptor)
        #else
        _ = Darwin.close(descriptor)
        #endif
    }

    /// Accepts one request, answers it with a status and a body, and returns the request's head.
    func serveOnce(
        _ answer: @Sendable ([UInt8]) async throws -> (status: Int, body: [UInt8])
    ) async throws -> String {
        defer { close() }
        let (client, head, body) = try await onThread { [descriptor] in
            let client = accept(descriptor, nil, nil)
            guard client >= 0 else { throw Failure("accept") }
            let (head, body) = try SocketListener.request(from: client)
            return (client, head, body)
        }
        let (status, content) = try await answer(body)
        let response = "HTTP/1.1 \(status) Status\r\nContent-Length: \(content.count)\r\nConnection: close\r\n\r\n"
        try await onThread {
            try SocketListener.write(Array(response.utf8) + content, to: client)
            #if os(Linux)
            _ = Glibc.close(client)
            #else
            _ = Darwin.close(client)
            #endif
        }
        return head
    }

    /// Runs blocking calls on a thread of their own, so that they block no other test.
    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
        }
    }

    private static func request(from client: Int32) throws -> (head: String, body: [UInt8]) {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        let blankLine = Data("\r\n\r\n".utf8)
        while true {
            if let end = Data(bytes).range(of: blankLine) {
                let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                let length = head.lowercased().firstMatch(of: /content-length: ([0-9]+)/).flatMap { Int($0.1) } ?? 0
                let body = bytes[end.upperBound...]
                if body.count >= length { return (head, Array(body)) }
            }
            let count = read(client, &chunk, chunk.count)
            guard count > 0 else { throw Failure("read") }
            bytes += chunk.prefix(count)
        }
    }

    private static func write(_ bytes: [UInt8], to client: Int32) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                send(client, buffer.baseAddress?.advanced(by: written), buffer.count - written, 0)
            }
            guard count > 0 else { throw Failure("send") }
            written += count
        }
    }
}
