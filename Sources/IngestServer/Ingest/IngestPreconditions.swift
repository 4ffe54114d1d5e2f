import EventLedger
import IngestAPI
import NIOHTTP1

/// What is settled about an ingest by its head alone, before anything of its body is read.
struct IngestPreconditions {
    /// One event, or a batch.
    let route: IngestRoute
    /// The account that the events go into.
    let account: Account.ID
    /// How the events of a batch follow each other.
    let format: BatchFormat
    /// What the `Idempotency-Key` field held; a bad one is told together with the faults of the body.
    let key: IdempotencyKeyHeader
    /// How many bytes the body has, where that was declared.
    let declaredBytes: Int?
    /// Whether the client waits to be told to send the body (RFC 9110, section 10.1.1).
    let expectsContinue: Bool

    /// Checks a head in the order of the contract: token, scope, declared size, type of the content.
    init(_ head: HTTPRequestHead, of route: IngestRoute, _ authorization: RequestAuthorization) throws(APIError) {
        let headers = head.headers
        self.route = route
        account = try authorization.account(authorization: headers["Authorization"], needing: .eventsWrite)
        declaredBytes = headers.first(name: "Content-Length").flatMap { Int($0) }
        if let declaredBytes, declaredBytes > route.bodyBytes { throw .payloadTooLarge(limitBytes: route.bodyBytes) }
        guard
            let format = RequestHead.batchFormat(contentType: headers["Content-Type"]),
            route == .batch || format == .array
        else { throw .unsupportedMediaType(allowed: route.contentTypes) }
        self.format = format
        key = IdempotencyKeyHeader(values: headers["Idempotency-Key"])
        expectsContinue =
            head.version != .http1_0
            && headers.first(name: "Expect").map { $0.lowercased() == "100-continue" } ?? false
    }
}
