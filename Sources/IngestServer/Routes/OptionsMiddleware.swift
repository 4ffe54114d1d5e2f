import HTTPTypes
import Hummingbird
import IngestAPI

/// Answers `OPTIONS`: which methods a path takes, and for browsers what a page may send, where it may send something. The
/// connection adds whether it may.
struct OptionsMiddleware: RouterMiddleware {
    /// The methods that a path answers to; nil for a path that is none of ours.
    let allowedMethods: @Sendable (_ path: String) -> [String]?
    /// Whether pages of some origins may use the server.
    let answersBrowsers: Bool

    func handle(
        _ request: Request,
        context: PublicContext,
        next: (Request, PublicContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .options else { return try await next(request, context) }
        guard let methods = allowedMethods(request.uri.path) else { throw APIError.notFound }
        let all = methods + ["OPTIONS"]
        var fields: HTTPFields = [.allow: all.joined(separator: ", ")]
        let isPreflight = request.headers[.accessControlRequestMethod] != nil && request.headers[.origin] != nil
        if answersBrowsers, isPreflight {
            for header in CORSPolicy.preflightHeaders(methods: all) {
                if let name = HTTPField.Name(header.name) { fields[name] = header.value }
            }
        }
        return Response(status: .noContent, headers: fields)
    }
}
