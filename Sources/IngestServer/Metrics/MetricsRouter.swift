import HTTPTypes
import Hummingbird
import IngestAPI
import NIOCore

/// The routes of the port for watching the server: `GET /metrics`, and the two routes for health as well.
enum MetricsRouter {
    typealias Context = BasicRequestContext

    static func make(_ figures: ServerFigures) -> Router<Context> {
        let router = Router(context: Context.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: EnvelopeMiddleware(allowedMethods: allowedMethods))
        router.get("/metrics") { _, _ in MetricsRouter.response(figures) }
        HealthRoutes(figures: figures).add(to: router)
        return router
    }

    static func response(_ figures: ServerFigures) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: PrometheusText.contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: figures.prometheusText))
        )
    }

    private static func allowedMethods(path: String) -> [String]? {
        ["/metrics", "/healthz", "/readyz"].contains(path) ? ["GET", "HEAD"] : nil
    }
}
