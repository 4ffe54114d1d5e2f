import EventModel
import IngestAPI
import NIOHTTP1

/// The rules about where a request ends that the parser below leaves to its user.
///
/// Request smuggling relies on two readers that see the end of one request in two places. So whatever is doubtful is
/// refused, and its connection is ended (RFC 9112, section 6.3).
enum RequestFraming {
    /// What is wrong with a head; nil for a valid one.
    ///
    /// - Parameter needsHost: Whether `Host` is required. A Unix socket has no host to name, and clients leave it out.
    static func fault(in fields: RequestFields, of version: HTTPVersion, needsHost: Bool) -> APIError? {
        switch fields.contentLength {
        case .absent: break
        case .once(let length) where isLength(length): break
        case .once, .repeated: return .badRequest("Content-Length must be given once, as a whole number")
        }
        if fields.transferEncoding != .absent {
            if fields.contentLength != .absent {
                return .badRequest("Content-Length and Transfer-Encoding must not be given together")
            }
            guard case .once(let coding) = fields.transferEncoding, coding.lowercased() == "chunked" else {
                return .badRequest("Transfer-Encoding must be \"chunked\", or left out")
            }
            if version == .http1_0 {
                return .badRequest("Transfer-Encoding takes HTTP/1.1")
            }
        }
        // RFC 9112, section 3.2: required, and only once. A request of HTTP/2 that names no host has an empty one.
        let namesNone = version.major == 2 ? fields.host == .once("") : fields.host == .absent && version != .http1_0
        if fields.host == .repeated || (needsHost && namesNone) {
            return .badRequest("Host must be given once")
        }
        return nil
    }

    /// What is wrong with a request target; nil for a valid one.
    ///
    /// It has no fragment (RFC 9112, section 3.2): cutting off what follows a `#` would also cut off `dry_run`, and
    /// store the event.
    static func fault(ofTarget target: String) -> APIError? {
        target.utf8.contains(UInt8(ascii: "#")) ? .badRequest("The request target must not have a fragment") : nil
    }

    /// What HTTP/1.1's decoder would have refused in the head of a stream of HTTP/2; nil for a valid head.
    ///
    /// - Parameter isTaken: Whether the number of streams is within its limit.
    static func fault(of head: HTTPRequestHead, isTaken: Bool) -> APIError? {
        guard isTaken else { return .overloaded }
        var bytes = head.uri.utf8.count
        guard bytes <= Limits.headerFieldBytes, head.headers.count <= Limits.headerFields else {
            return .headerFieldsTooLarge
        }
        for (name, value) in head.headers {
            // Each one is checked by itself, as that decoder does.
            guard max(name.utf8.count, value.utf8.count) <= Limits.headerFieldBytes else {
                return .headerFieldsTooLarge
            }
            bytes += name.utf8.count + value.utf8.count
        }
        return bytes > Limits.headerListBytes ? .headerFieldsTooLarge : nil
    }

    /// Whether the connection can serve another request after this one (RFC 9112, section 9.3).
    static func isPersistent(_ head: HTTPRequestHead, _ fields: RequestFields) -> Bool {
        // The parser reads nothing more after a request that asks for another protocol, whatever the answer.
        guard head.method != .CONNECT, fields.upgrade == .absent, !fields.hasConnectionOption("close") else {
            return false
        }
        return head.version != .http1_0 || fields.hasConnectionOption("keep-alive")
    }

    private static func isLength(_ value: String) -> Bool {
        let digits = value.utf8
        return (1...18).contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) }
    }
}
