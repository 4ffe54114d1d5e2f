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
