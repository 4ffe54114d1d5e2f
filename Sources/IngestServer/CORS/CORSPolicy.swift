import IngestAPI

/// Which web pages may use the server from a browser (https://fetch.spec.whatwg.org, section 3.2).
///
/// They are those of the origins that an operator has named, and none by default.
struct CORSPolicy: Sendable, Hashable {
    private let origins: Set<String>
    private let allowsAny: Bool

    /// How long a browser may remember what it was allowed, in seconds.
    private static let maximumAge = 600
    private static let requestFields =
        "Authorization, Content-Type, Content-Encoding, Idempotency-Key, Prefer, X-Request-Id, traceparent, tracestate"
    private static let answerFields =
        "X-Request-Id, traceparent, tracestate, Server-Timing, Idempotent-Replayed, Idempotency-Payload-Mismatch, "
        + "Retry-After, Location, "
        + "X-RateLimit-Limit-Minute, X-RateLimit-Remaining-Minute, X-RateLimit-Reset-Minute, "
        + "X-RateLimit-Limit-Day, X-RateLimit-Remaining-Day, X-RateLimit-Reset-Day"

    /// Reads a setting: origins, separated by commas, such as `https://shop.example`, or `*` for all.
    ///
    /// - Returns: Nil if one of them is no origin.
    init?(_ text: String) {
        let names = text.split(separator: ",").map(\.trimmingBlanks)
        guard !names.isEmpty, names.allSatisfy({ $0 == "*" || CORSPolicy.isOrigin($0) }) else { return nil }
        origins = Set(names)
        allowsAny = origins.contains("*")
    }

    /// A scheme, a host and perhaps a port, as browsers send it: in lower case, without the scheme's own port, and
    /// nothing else.
    ///
    /// An origin that no browser sends would never allow anything.
    private static func isOrigin(_ text: String) -> Bool {
        guard let end = text.firstRange(of: "://") else { return false }
        let ownPorts: [Substring: Int] = ["http": 80, "https": 443]
        guard let ownPort = ownPorts[text[..<end.lowerBound]] else { return false }
        let rest = text[end.upperBound...]
        // An IPv6 address has its colons in brackets.
        let afterHost = rest.hasPrefix("[") ? rest.firstIndex(of: "]").map { rest.index(after: $0) } : nil
        let hostEnd = afterHost ?? rest.firstIndex(of: ":") ?? rest.endIndex
        guard isHost(rest[..<hostEnd]) else { return false }
        guard hostEnd < rest.endIndex else { return true }
        guard rest[hostEnd] == ":" else { return false }
        let digits = rest[rest.index(after: hostEnd)...]
        guard let port = Int(digits), (1...65_535).contains(port) else { return false }
        return port != ownPort && "\(port)" == digits
    }

    private static func isHost(_ text: Substring) -> Bool {
        let lowerCase = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard text.hasPrefix("[") else {
            return !text.isEmpty
                && text.utf8.allSatisfy { lowerCase.contains($0) || digits.contains($0) || "-._".utf8.contains($0) }
        }
        let address = text.dropFirst().dropLast()
        return address.utf8.contains(UInt8(ascii: ":"))
            && address.utf8.allSatisfy { digits.contains($0) || "abcdef:".utf8.contains($0) }
    }

    /// The fields of an answer to a page of an origin; only `Vary` if the request names none, or one that is not
    /// allowed.
    func headers(for origin: FieldValue) -> [APIResponse.Header] {
        // A cache that keeps the answer for one origin must not give it to another.
        let vary = APIResponse.Header("Vary", "Origin")
        guard case .once(let name) = origin, allowsAny || origins.contains(name) else { return [vary] }
        return [
            vary, .init("Access-Control-Allow-Origin", name),
            .init("Access-Control-Expose-Headers", CORSPolicy.answerFields),
        ]
    }

    /// The fields of the answer to a browser that asks before it sends the request itself.
    static func preflightHeaders(methods: [String]) -> [APIResponse.Header] {
        [
            .init("Access-Control-Allow-Methods", methods.joined(separator: ", ")),
            .init("Access-Control-Allow-Headers", requestFields),
            .init("Access-Control-Max-Age", "\(maximumAge)"),
        ]
    }
}
