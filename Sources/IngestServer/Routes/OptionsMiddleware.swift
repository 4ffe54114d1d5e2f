import HTTPTypes
import Hummingbird
import IngestAPI

/// Answers `OPTIONS` with the methods of a path and, for browsers, with what a page may send, if it may send anything.
///
/// Whether it may is added by the connection.
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
