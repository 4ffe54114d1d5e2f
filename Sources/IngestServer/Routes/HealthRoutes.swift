import EventLedger
import Hummingbird
import IngestAPI

/// `GET /healthz`: the process answers. `GET /readyz`: the store takes events. Neither takes a token.
struct HealthRoutes {
    let figures: ServerFigures

    func add(to router: Router<some RequestContext>) {
        router.get(Route.health.routerPath) { _, _ in Response(ReadResponse.status("ok")) }
        router.get(Route.readiness.routerPath) { [figures] _, _ in
            if let reason = figures.notReady { throw APIError.notReady(reason) }
            return Response(ReadResponse.status("ready"))
        }
    }
}
