import EventLedger
import HTTPTypes
import Hummingbird
import IngestAPI
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The routes of the control socket: see ``ControlSocket``.
enum ControlRouter {
    typealias Context = BasicRequestContext

    /// The router for a store and for what the server reports about itself.
    static func make(over store: any EventStore, _ figures: ServerFigures) -> Router<Context> {
        let router = Router(context: Context.self)
        router.add(middleware: EnvelopeMiddleware(allowedMethods: allowedMethods))
        router.get(RouterPath(ControlSocket.statusPath)) { _, _ in
            try response { () throws(ControlSocket.InvalidMessage) in
                try ControlSocket.encode(ControlSocket.Status(pid: getpid()))
            }
        }
        router.get(RouterPath(ControlSocket.metricsPath)) { _, _ in MetricsRouter.response(figures) }
        router.get(RouterPath(ControlSocket.figuresPath)) { _, _ in
            try response { () throws(ControlSocket.InvalidMessage) in try ControlSocket.encode(figures.live) }
        }
        router.post(RouterPath(ControlSocket.changesPath)) { request, _ in
            let body = try await collect(request, upTo: Limits.controlMessageBytes)
            let change: StoreChange
            do throws(ControlSocket.InvalidMessage) {
                change = try ControlSocket.decodeChange(body.readableBytesView)
            } catch {
                throw APIError.badRequest(error.reason)
            }
            let outcome: StoreChange.Outcome
            do throws(StoreError) {
                outcome = try await store.perform(change)
            } catch {
                throw fault(error)
            }
            return try response { () throws(ControlSocket.InvalidMessage) in try ControlSocket.encode(outcome) }
        }
        router.post(RouterPath(ControlSocket.eventsPath)) { request, _ in
            guard
                let name = request.uri.queryParameters[Substring(ControlSocket.accountParameter)],
                let account = try await store.account(named: String(name))
            else { throw APIError.notFound }
            return Response(
                try await ingest(
                    request,
                    into: account.id,
                    BatchIngest(store: store, eventBytes: Limits.importLineBytes, fault: fault)
                )
            )
        }
        return router
    }

    /// Whoever reaches this socket is the operator, and may see what the clients of the port may not.
    private static let fault: @Sendable (StoreError) -> APIError = { .notReady("\($0)") }

    private static func ingest(
        _ request: Request,
        into account: Account.ID,
        _ batches: BatchIngest
    ) async throws -> APIResponse {
        let body = try await collect(request, upTo: Limits.batchBodyBytes)
        return await withCheckedContinuation { continuation in
            batches.run(body, as: .lines, into: account) { response in continuation.resume(returning: response()) }
        }
    }

    private static func collect(_ request: Request, upTo limitBytes: Int) async throws -> ByteBuffer {
        do {
            return try await request.body.collect(upTo: limitBytes)
        } catch is NIOTooManyBytesError {
            throw APIError.payloadTooLarge(limitBytes: limitBytes)
        }
    }

    private static func allowedMethods(path: String) -> [String]? {
        switch path {
        case ControlSocket.changesPath, ControlSocket.eventsPath: ["POST"]
        case ControlSocket.statusPath, ControlSocket.figuresPath, ControlSocket.metricsPath: ["GET"]
        default: nil
        }
    }

    private static func response(
        _ message: () throws(ControlSocket.InvalidMessage) -> [UInt8]
    ) throws -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try message()))
        )
    }
}
