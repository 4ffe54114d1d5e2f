import EventLedger
import IngestAPI

/// What a `POST` to one of the two ingest routes asks for.
enum IngestRoute: Sendable, Hashable {
    /// `/v1/events`
    case event
    /// `/v1/events?dry_run=true`: report what would become of the event
    case dryRun
    /// `/v1/events/batch`
    case batch
    /// One of these with a query that cannot be used; refused, so that nobody's dry run is taken for an event.
    case refused(InvalidValue, ofBatch: Bool)

    /// The route that a request target (RFC 9112, section 3.2) names; nil for all others.
    ///
    /// Only `dry_run` is read from the query.
    init?(_ target: String) {
        // The usual spellings are not taken apart.
        switch target {
        case "/v1/events": self = .event
        case "/v1/events/batch": self = .batch
        default:
            guard let (path, query) = RequestPath.parts(of: target) else { return nil }
            switch Route(path: path) {
            case .events: self = IngestRoute.route(query, ofBatch: false)
            case .batch: self = IngestRoute.route(query, ofBatch: true)
            default: return nil
            }
        }
    }

    private static func route(_ query: Substring, ofBatch isBatch: Bool) -> IngestRoute {
        do throws(APIError) {
            let values = try QueryString.items(of: String(query)).filter { $0.name == "dry_run" }.map(\.value)
            switch values {
            case [], ["false"]: return isBatch ? .batch : .event
            case ["true"] where !isBatch: return .dryRun
            case ["true"]:
                return .refused(fault("is not taken for a batch; try its events one by one"), ofBatch: isBatch)
            default:
                return .refused(fault("must be given once, and be true or false"), ofBatch: isBatch)
            }
        } catch {
            let fault = InvalidValue(field: "base", message: "must have a query of percent-encoded UTF-8")
            return .refused(fault, ofBatch: isBatch)
        }
    }

    private static func fault(_ message: String) -> InvalidValue { InvalidValue(field: "dry_run", message: message) }

    /// Whether the body is that of a batch.
    var isBatch: Bool {
        switch self {
        case .event, .dryRun, .refused(_, ofBatch: false): false
        case .batch, .refused(_, ofBatch: true): true
        }
    }

    /// The largest body, in bytes.
    var bodyBytes: Int { isBatch ? Limits.batchBodyBytes : Limits.requestBodyBytes }

    /// The types that a body may be declared as.
    var contentTypes: [String] { isBatch ? [RequestHead.jsonType, RequestHead.linesType] : [RequestHead.jsonType] }
}
