import Hummingbird

/// The routes of the port, and one for every other target, so that no client can make up another for the metrics.
enum Route: String, Sendable, CaseIterable {
    // Where two of them fit a path, the first one counts: names stand before `{…}`.
    case events = "/v1/events"
    case batch = "/v1/events/batch"
    case event = "/v1/events/{event_id}"
    case contacts = "/v1/contacts"
    case unsubscribe = "/v1/contacts/unsubscribe"
    case contact = "/v1/contacts/{id}"
    case unsubscribeByID = "/v1/contacts/{id}/unsubscribe"
    case accessToken = "/oauth/token"
    case document = "/openapi.json"
    case health = "/healthz"
    case readiness = "/readyz"
    case other = "other"

    /// The route that a request target names, in whatever form and whatever its query.
    init(target: String) {
        self.init(path: RequestPath.parts(of: target)?.path)
    }

    /// The route of a path.
    init(path: Substring.UTF8View?) {
        let segments = path.flatMap { RequestPath.segments(of: $0) }
        self = segments.flatMap { segments in Route.templates.first { $0.fits(segments) }?.route } ?? .other
    }

    init(_ ingest: IngestRoute) {
        self = ingest.isBatch ? .batch : .events
    }

    /// The methods that it answers to, beside OPTIONS.
    var methods: [String] {
        switch self {
        case .events: ["GET", "HEAD", "POST"]
        case .contacts: ["DELETE", "GET", "HEAD", "PATCH", "POST"]
        case .contact: ["DELETE", "GET", "HEAD", "PATCH"]
        case .batch, .unsubscribe, .unsubscribeByID, .accessToken: ["POST"]
        case .event, .document, .health, .readiness: ["GET", "HEAD"]
        case .other: []
        }
    }

    /// The route's path as the router takes it.
    var routerPath: RouterPath { RouterPath(rawValue) }

    // MARK: Templates

    private struct Template: Sendable {
        let route: Route
        /// The route's segments; nil for one that may be anything.
        let segments: [Substring?]

        init(_ route: Route) {
            self.route = route
            segments = route.rawValue.dropFirst().split(separator: "/").map { $0.hasPrefix("{") ? nil : $0 }
        }

        func fits(_ path: [Substring]) -> Bool {
            path.count == segments.count && zip(path, segments).allSatisfy { $1 == nil || $0 == $1 }
        }
    }

    private static let templates = allCases.filter { $0 != .other }.map(Template.init)
}
