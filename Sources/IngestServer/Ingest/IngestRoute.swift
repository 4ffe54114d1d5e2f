import EventLedger
import IngestAPI

/// The two routes that take events in.
enum IngestRoute: Sendable, Hashable {
    /// `/v1/events`
    case event
    /// `/v1/events/batch`
    case batch

    /// The route that a request target (RFC 9112, section 3.2) names, whatever its query; nil for all others. Like the
    /// router, it makes nothing of empty segments.
    init?(_ target: String) {
        switch target {
        case "/v1/events": self = .event
        case "/v1/events/batch": self = .batch
        default:
            guard let path = IngestRoute.path(of: target) else { return nil }
            switch path.split(separator: UInt8(ascii: "/")).map(Substring.init) {
            case ["v1", "events"]: self = .event
            case ["v1", "events", "batch"]: self = .batch
            default: return nil
            }
        }
    }

    private static func path(of target: String) -> Substring.UTF8View? {
        var path = Substring(target).utf8
        if path.first != UInt8(ascii: "/") {
            // The absolute form, which a server has to understand: "http://host/v1/events".
            guard let colon = path.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let rest = path[colon...]
            guard rest.starts(with: "://".utf8) else { return nil }
            path = rest.dropFirst(3).drop { $0 != UInt8(ascii: "/") }
        }
        return path.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
    }

    /// The largest body, in bytes.
    var bodyBytes: Int {
        switch self {
        case .event: Limits.requestBodyBytes
        case .batch: Limits.batchBodyBytes
        }
    }

    /// The types that a body may be declared as.
    var contentTypes: [String] {
        switch self {
        case .event: [RequestHead.jsonType]
        case .batch: [RequestHead.jsonType, RequestHead.linesType]
        }
    }
}
