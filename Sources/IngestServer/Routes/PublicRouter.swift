import EventLedger
import Hummingbird
import IngestAPI

/// The routes of the server's port, except `POST /v1/events` and `POST /v1/events/batch`, which never reach the router.
enum PublicRouter {
    typealias Context = PublicContext

    private static let batchPath: [Substring] = ["v1", "events", "batch"]

    /// The router over a store.
    ///
    /// - Parameters:
    ///   - answersBrowsers: Whether pages of some origins may use the server.
    ///   - bodies: The budget that bodies take from while they come in.
    ///   - turns: What limits how many answers to reads are made at the same time.
    static func make(
        over store: any EventStore,
        authorization: RequestAuthorization,
        _ figures: ServerFigures,
        answersBrowsers: Bool = false,
        bodies: MemoryBudget = MemoryBudget(bytes: Limits.receivedBytes),
        turns: PageTurns = PageTurns()
    ) -> Router<Context> {
        let router = Router(context: Context.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RateLimitMiddleware())
        router.add(middleware: EnvelopeMiddleware(allowedMethods: allowedMethods))
        router.add(middleware: OptionsMiddleware(allowedMethods: allowedMethods, answersBrowsers: answersBrowsers))
        EventRoutes(store: store, authorization: authorization, turns: turns).add(to: router)
        ContactRoutes(store: store, authorization: authorization, bodies: bodies, turns: turns).add(to: router)
        OAuthRoutes(store: store).add(to: router)
        HealthRoutes(figures: figures).add(to: router)
        router.get("/openapi.json") { request, _ in
            try request.checkAcceptsJSON()
            return Response(APIDocument.response)
        }
        return router
    }

    /// The methods that a path answers to, for 405 and its `Allow` field; nil for a path that is none of ours.
    static func allowedMethods(path: String) -> [String]? {
        switch RequestPath.segments(of: path[...].utf8) {
        case nil: nil
        case ["v1", "events"]: ["GET", "HEAD", "POST"]
        case batchPath: ["POST"]
        case let path? where path.count == 3 && path.starts(with: ["v1", "events"]): ["GET", "HEAD"]
        case ["v1", "contacts"]: ["DELETE", "GET", "HEAD", "PATCH", "POST"]
        case ["v1", "contacts", "unsubscribe"]: ["POST"]
        case let path? where path.count == 3 && path.starts(with: ["v1", "contacts"]):
            ["DELETE", "GET", "HEAD", "PATCH"]
        case let path? where path.count == 4 && path.starts(with: ["v1", "contacts"]) && path[3] == "unsubscribe":
            ["POST"]
        case ["oauth", "token"]: ["POST"]
        case ["healthz"], ["readyz"], ["openapi.json"]: ["GET", "HEAD"]
        default: nil
        }
    }
}
