import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// An IPv4 or IPv6 address.
///
/// An IPv4 address written in IPv6 (`::ffff:192.0.2.1`, as a socket for both reports it) equals the IPv4 address.
struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address in IPv6; an IPv4 address is mapped (RFC 4291, section 2.5.5.2).
    let bits: UInt128

    private static let mapped: UInt128 = 0xFFFF << 32

    /// Whether it is an IPv4 address.
    var isIPv4: Bool { bits >> 32 == IPAddress.mapped >> 32 }

    /// Reads an address without a port and without a zone; nil if the text is none.
    init?(_ text: some StringProtocol) {
        let text = String(text)
        if let bytes = IPAddress.bytes(of: text, AF_INET, count: 4) {
            bits = IPAddress.mapped | bytes.reduce(0) { $0 << 8 | UInt128($1) }
        } else if let bytes = IPAddress.bytes(of: text, AF_INET6, count: 16) {
            bits = bytes.reduce(0) { $0 << 8 | UInt128($1) }
        } else {
            return nil
        }
    }

    /// The bytes of an address.
    ///
    /// They are not read as C's structures, because the module of these depends on what else is imported.
    private static func bytes(of text: String, _ family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    /// The address of a socket; nil for a Unix socket.
    init?(_ address: SocketAddress) {
        guard let text = address.ipAddress else { return nil }
        self.init(text)
    }

    /// The address as it is usually written (RFC 5952).
    var description: String {
        guard !isIPv4 else { return (0..<4).map { "\(bits >> UInt128(24 - 8 * $0) & 0xFF)" }.joined(separator: ".") }
        let bytes = (0..<16).map { UInt8(truncatingIfNeeded: bits >> UInt128(120 - 8 * $0)) }
        // Enough for the longest address, IPv4 within IPv6, and the zero at its end.
        var text = [CChar](repeating: 0, count: 46)
        guard inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
