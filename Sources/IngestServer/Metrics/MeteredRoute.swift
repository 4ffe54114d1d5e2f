import NIOHTTP1

/// The routes that requests are counted by: the documented ones, and one for the rest, so that no client can invent
/// another.
enum MeteredRoute: String, Sendable, CaseIterable {
    case events = "/v1/events"
    case batch = "/v1/events/batch"
    case event = "/v1/events/{event_id}"
    case contacts = "/v1/contacts"
    case contact = "/v1/contacts/{id}"
    case unsubscribe = "/v1/contacts/unsubscribe"
    case unsubscribeByID = "/v1/contacts/{id}/unsubscribe"
    case accessToken = "/oauth/token"
    case document = "/openapi.json"
    case health = "/healthz"
    case readiness = "/readyz"
    case other = "other"

    init(_ ingest: IngestRoute) {
        self = ingest.isBatch ? .batch : .events
    }

    /// The route that a request target names, whatever its form and its query.
    init(target: String) {
        switch RequestPath.parts(of: target).flatMap({ RequestPath.segments(of: $0.path) }) {
        case nil: self = .other
        case ["v1", "events"]: self = .events
        case ["v1", "events", "batch"]: self = .batch
        case ["v1", "contacts"]: self = .contacts
        case ["v1", "contacts", "unsubscribe"]: self = .unsubscribe
        case ["oauth", "token"]: self = .accessToken
        case ["openapi.json"]: self = .document
        case ["healthz"]: self = .health
        case ["readyz"]: self = .readiness
        case let segments? where segments.count == 3 && segments.starts(with: ["v1", "events"]): self = .event
        case let segments? where segments.count == 3 && segments.starts(with: ["v1", "contacts"]): self = .contact
        case let segments?
        where segments.count == 4 && segments.starts(with: ["v1", "contacts"]) && segments[3] == "unsubscribe":
            self = .unsubscribeByID
        default: self = .other
        }
    }
}

/// The methods that requests are counted by.
enum MeteredMethod: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
    case other = "other"

    init(_ method: HTTPMethod) {
        switch method {
        case .GET: self = .get
        case .HEAD: self = .head
        case .POST: self = .post
        case .PUT: self = .put
        case .PATCH: self = .patch
        case .DELETE: self = .delete
        case .OPTIONS: self = .options
        default: self = .other
        }
    }
}
