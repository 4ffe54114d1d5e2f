import EventLedger
import IngestAPI
import NIOHTTP1

/// What is settled about an ingest by its head alone, before anything of its body is read.
struct IngestPreconditions {
    /// The account that the event goes into.
    let account: Account.ID
    /// What the `Idempotency-Key` field held; a bad one is told together with the faults of the body.
    let key: IdempotencyKeyHeader
    /// Whether the client waits to be told to send the body (RFC 9110, section 10.1.1).
    let expectsContinue: Bool

    /// Checks a head in the order of the contract: token, scope, declared size, type of the content.
    init(_ head: HTTPRequestHead, _ authorization: RequestAuthorization) throws(APIError) {
        let headers = head.headers
        account = try authorization.account(authorization: headers["Authorization"], needing: .eventsWrite)
        if let length = headers.first(name: "Content-Length").flatMap({ Int($0) }), length > Limits.requestBodyBytes {
            throw .payloadTooLarge(limitBytes: Limits.requestBodyBytes)
        }
        guard RequestHead.isJSON(contentType: headers["Content-Type"]) else { throw .unsupportedMediaType }
        key = IdempotencyKeyHeader(values: headers["Idempotency-Key"])
        expectsContinue =
            head.version != .http1_0
            && headers.first(name: "Expect").map { $0.lowercased() == "100-continue" } ?? false
    }
}

/// The route of an ingest.
enum IngestRoute {
    /// Whether a request target (RFC 9112, section 3.2) names `/v1/events`, whatever its query. Like the router, it makes
    /// nothing of empty segments.
    static func matches(_ target: String) -> Bool {
        if target == "/v1/events" { return true }
        var path = Substring(target).utf8
        if path.first != UInt8(ascii: "/") {
            // The absolute form, which a server has to understand: "http://host/v1/events".
            guard let colon = path.firstIndex(of: UInt8(ascii: ":")) else { return false }
            let rest = path[colon...]
            guard rest.starts(with: "://".utf8) else { return false }
            path = rest.dropFirst(3).drop { $0 != UInt8(ascii: "/") }
        }
        path = path.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        return path.split(separator: UInt8(ascii: "/")).map(Substring.init) == ["v1", "events"]
    }
}
