import EventLedger
import HTTPTypes
import Hummingbird
import IngestAPI
import Logging

/// Turns whatever a route throws into the error envelope, and answers 404 to every path that is none of ours.
///
/// It answers 404 before the router could take such a path for one of ours. If the router then says "not found", the
/// path does not have the method.
struct EnvelopeMiddleware<Context: RequestContext>: RouterMiddleware {
    /// The methods that a path answers to; nil for a path that is none of ours.
    let allowedMethods: @Sendable (_ path: String) -> [String]?

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let allowed = allowedMethods(request.uri.path) else { return Response(APIError.notFound.response) }
        do {
            return try await next(request, context)
        } catch let error as APIError {
            return Response(error.response)
        } catch let error as StoreError {
            let isRead = request.method == .get || request.method == .head
            if error.needsOperator(isRead: isRead) {
                context.logger.error("the store could not answer", metadata: ["error": "\(error)"])
            }
            return Response(APIError(error, isRead: isRead).response)
        } catch let error as HTTPError where error.status == .notFound {
            return Response(APIError.methodNotAllowed(allowed: allowed).response)
        } catch is RequestCutShort {
            // This answer goes nowhere: the connection was answered outside the router, or is gone.
            return Response(APIError.badRequest("The body did not come to its end").response)
        } catch {
            // Only the kind of the error is logged: its text could hold what was sent.
            var metadata: Logger.Metadata = ["error": "\(type(of: error))"]
            if let field = HTTPField.Name(TraceContext.field),
                let trace = request.headers[field].flatMap({ TraceContext($0) })
            {
                metadata["trace-id"] = "\(trace.traceID)"
            }
            context.logger.error("request failed", metadata: metadata)
            return Response(APIError.internalError.response)
        }
    }
}

extension StoreError {
    /// Whether it takes an operator. A read may be the first to meet the error, and nothing else reports it then.
    fileprivate func needsOperator(isRead: Bool) -> Bool {
        switch self {
        case .damaged, .unavailable, .unexpected: true
        // The store reports failed writes by itself, once and not for each request.
        case .writeFailed: isRead
        default: false
        }
    }
}
