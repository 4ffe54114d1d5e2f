import NIOCore

/// The line that tells whoever started the server that it takes connections, and where.
enum ReadyLine {
    /// `listening on http://127.0.0.1:8080`, with an IPv6 address in brackets (RFC 3986, section 3.2.2).
    static func text(for address: SocketAddress, isEncrypted: Bool = false) -> String {
        let host = address.ipAddress ?? ""
        return
            "listening on \(isEncrypted ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(address.port ?? 0)"
    }
}
