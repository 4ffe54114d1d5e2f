import EventLedger
import Hummingbird
import IngestAPI

/// `GET /healthz`: the process answers. `GET /readyz`: the store takes events. `GET /openapi.json`: what all routes are. None
/// of them takes a token.
struct HealthRoutes {
    let store: any EventStore

    func add(to router: Router<PublicRouter.Context>) {
        router.get("/openapi.json") { _, _ in Response(APIDocument.response) }
        router.get("/healthz") { _, _ in Response(ReadResponse.status("ok")) }
        router.get("/readyz") { [store] _, _ in
            if let error = store.readiness() { throw APIError.notReady(HealthRoutes.reason(error)) }
            return Response(ReadResponse.status("ready"))
        }
    }

    /// Why the store takes no events, without paths and other words that are an operator's alone.
    private static func reason(_ error: StoreError) -> String {
        switch error {
        case .diskFull: "The disk that holds the store is full"
        case .overloaded: "Too much waits to be written"
        case .closed: "The store is closed"
        default: "The store takes no events until an operator has looked at it"
        }
    }
}
