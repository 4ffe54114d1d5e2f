import IngestAPI

/// Which web pages may use the server from a browser (https://fetch.spec.whatwg.org, section 3.2): those of the origins that
/// an operator has named, and none by default.
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

    /// Reads a setting: origins with commas between them, such as `https://shop.example`, or `*` for all.
    ///
    /// - Returns: Nil where one of them is no origin.
    init?(_ text: String) {
        let names = text.split(separator: ",").map(\.trimmingBlanks)
        guard !names.isEmpty, names.allSatisfy({ $0 == "*" || CORSPolicy.isOrigin($0) }) else { return nil }
        origins = Set(names)
        allowsAny = origins.contains("*")
    }

    /// A scheme, a host and perhaps a port, as browsers send it.
    private static func isOrigin(_ text: String) -> Bool {
        guard let end = text.firstRange(of: "://") else { return false }
        let host = text[end.upperBound...]
        return ["http", "https"].contains(text[..<end.lowerBound]) && !host.isEmpty
            && host.utf8.allSatisfy { byte in
                (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "?")
                    && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            }
    }

    /// The fields that an answer to a page of an origin has; none where the request names no origin or one that may not.
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
