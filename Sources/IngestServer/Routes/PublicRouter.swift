import EventLedger
import Hummingbird
import IngestAPI

/// The routes of the server's port, except `POST /v1/events` and `POST /v1/events/batch`, which never reach the router.
enum PublicRouter {
    typealias Context = PublicContext

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
        router.get(Route.document.routerPath) { request, _ in
            try request.checkAcceptsJSON()
            return Response(APIDocument.response)
        }
        return router
    }

    /// The methods that a path answers to, for 405 and its `Allow` field; nil for a path that is none of ours.
    static func allowedMethods(path: String) -> [String]? {
        let route = Route(path: path[...].utf8)
        return route == .other ? nil : route.methods
    }
}
