import EventLedger
import Hummingbird
import IngestAPI

/// `GET /v1/events` and `GET /v1/events/{event_id}`, scope `events_read`.
struct EventRoutes {
    let store: any EventStore
    let authorization: RequestAuthorization
    let turns: PageTurns

    func add(to router: Router<PublicRouter.Context>) {
        router.get(Route.events.routerPath) { [store, authorization, turns] request, context in
            let account = try authorization.account(of: request, in: context, needing: .eventsRead)
            let query = try FeedQuery(try QueryString.items(of: request.uri.query))
            return try await turns.take(for: account) {
                let page = try await store.events(
                    in: account,
                    after: query.cursor,
                    limit: query.limit,
                    matching: query.filter
                )
                return Response(ReadResponse.events(page))
            }
        }
        // Otherwise "batch" would be looked for among the events. The route's POST never comes as far as the router.
        router.get(Route.batch.routerPath) { _, _ -> Response in
            throw APIError.methodNotAllowed(allowed: Route.batch.methods)
        }
        router.get(Route.event.routerPath) { [store, authorization, turns] request, context in
            let account = try authorization.account(of: request, in: context, needing: .eventsRead)
            // An id of a wrong form, an unknown one and one of another account all get the same answer.
            guard let id = context.parameters.get("event_id").flatMap({ EventID($0) }) else { throw APIError.notFound }
            return try await turns.take(for: account) {
                guard let event = try await store.event(id, in: account) else { throw APIError.notFound }
                return Response(ReadResponse.event(event))
            }
        }
    }
}

extension RequestAuthorization {
    /// See ``account(_:needing:_:)``; where the account stands is noted in the context, for the answer.
    ///
    /// Whether the client accepts the answer's type is checked as soon as its token is found valid, before anything is
    /// done for it.
    ///
    /// - Parameter readsBody: Whether the request has a body, whose size and type are checked before that: see
    ///   ``RoutedBody``.
    func account(
        of request: Request,
        in context: PublicRouter.Context,
        needing scope: Scope,
        readsBody: Bool = false
    ) throws(APIError) -> Account.ID {
        var report: RateLimitReport?
        defer { context.rateLimit.note(report) }
        let token = PresentedToken(FieldValue(request.headers[values: .authorization]))
        let account = try account(token, needing: scope, &report)
        if !readsBody {
            try request.checkAcceptsJSON()
            context.announceReader(account)
        }
        return account
    }
}
