import HTTPTypes
import Hummingbird
import IngestAPI

/// Reports in every answer where the account stands, if it has limits.
struct RateLimitMiddleware: RouterMiddleware {
    func handle(
        _ request: Request,
        context: PublicContext,
        next: (Request, PublicContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard let report = context.rateLimit.report else { return response }
        for header in report.headers {
            guard let name = HTTPField.Name(header.name) else { continue }
            response.headers[name] = header.value
        }
        return response
    }
}
