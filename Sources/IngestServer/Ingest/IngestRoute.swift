import EventLedger
import IngestAPI

/// The two routes that take events in.
enum IngestRoute: Sendable, Hashable {
    /// `/v1/events`
    case event
    /// `/v1/events?dry_run=true`: tell what the event would come to
    case dryRun
    /// `/v1/events/batch`
    case batch
    /// One of these with a query that cannot be read, so that nobody's dry run is taken for an event.
    case refused(InvalidValue)

    /// The route that a request target (RFC 9112, section 3.2) names; nil for all others. Like the router, it makes nothing
    /// of empty segments. Of the query only `dry_run` is read.
    init?(_ target: String) {
        switch target {
        case "/v1/events": self = .event
        case "/v1/events/batch": self = .batch
        default:
            guard let (path, query) = IngestRoute.parts(of: target) else { return nil }
            switch path.split(separator: UInt8(ascii: "/")).map(Substring.init) {
            case ["v1", "events"]: self = IngestRoute.route(query, ofBatch: false)
            case ["v1", "events", "batch"]: self = IngestRoute.route(query, ofBatch: true)
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
            case ["true"]: return .refused(fault("is not taken for a batch; try its events one by one"))
            default: return .refused(fault("must be given once, and be true or false"))
            }
        } catch {
            return .refused(InvalidValue(field: "base", message: "must have a query of percent-encoded UTF-8"))
        }
    }

    private static func fault(_ message: String) -> InvalidValue { InvalidValue(field: "dry_run", message: message) }

    /// A target's path and its query.
    private static func parts(of target: String) -> (path: Substring.UTF8View, query: Substring)? {
        var path = Substring(target).utf8
        if path.first != UInt8(ascii: "/") {
            // The absolute form, which a server has to understand: "http://host/v1/events".
            guard let colon = path.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let rest = path[colon...]
            guard rest.starts(with: "://".utf8) else { return nil }
            path = rest.dropFirst(3).drop { $0 != UInt8(ascii: "/") }
        }
        let resource = path.prefix { $0 != UInt8(ascii: "#") }
        path = resource.prefix { $0 != UInt8(ascii: "?") }
        return (path, Substring(resource.dropFirst(path.count + 1)))
    }

    /// The largest body, in bytes.
    var bodyBytes: Int {
        switch self {
        case .event, .dryRun, .refused: Limits.requestBodyBytes
        case .batch: Limits.batchBodyBytes
        }
    }

    /// The types that a body may be declared as.
    var contentTypes: [String] {
        switch self {
        case .event, .dryRun, .refused: [RequestHead.jsonType]
        case .batch: [RequestHead.jsonType, RequestHead.linesType]
        }
    }
}
