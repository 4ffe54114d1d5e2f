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
    /// What the `Idempotency-Key` field held; an invalid one is reported together with the faults of the body.
    let key: IdempotencyKeyHeader
    /// How many bytes the body has, if that was declared.
    let declaredBytes: Int?
    /// Whether the body is compressed.
    let isCompressed: Bool
    /// Whether the client waits to be told to send the body.
    let expectsContinue: Bool

    /// Checks a head whose token is valid, in the order of the contract: declared size, type and coding of the content,
    /// type of the answer.
    init(
        _ fields: RequestFields,
        of version: HTTPVersion,
        for route: IngestRoute,
        into account: Account.ID
    ) throws(APIError) {
        self.route = route
        self.account = account
        declaredBytes = fields.declaredBytes
        if let declaredBytes, declaredBytes > route.bodyBytes { throw .payloadTooLarge(limitBytes: route.bodyBytes) }
        guard
            let format = RequestHead.batchFormat(contentType: fields.contentType),
            route.isBatch || format == .array
        else { throw .unsupportedMediaType(allowed: route.contentTypes) }
        guard let coding = RequestHead.contentCoding(fields.contentEncoding) else {
            throw .unsupportedContentCoding(takesGzip: true)
        }
        // Once the event is stored, it is too late to find that the client does not accept the answer.
        guard RequestHead.acceptsJSON(fields.accept) else { throw .notAcceptable }
        isCompressed = coding == .gzip
        self.format = format
        key = IdempotencyKeyHeader(fields.idempotencyKey)
        expectsContinue = version != .http1_0 && fields.expectsContinue
    }
}
