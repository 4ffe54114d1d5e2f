import EventLedger
import HTTPTypes
import Hummingbird
import IngestAPI
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The routes of the control socket: see ``ControlSocket``.
enum ControlRouter {
    typealias Context = BasicRequestContext

    /// The router over a store.
    static func make(over store: any EventStore) -> Router<Context> {
        let router = Router(context: Context.self)
        router.add(middleware: EnvelopeMiddleware(allowedMethods: allowedMethods))
        router.get("/status") { _, _ in
            try response { () throws(ControlSocket.InvalidMessage) in
                try ControlSocket.encode(ControlSocket.Status(pid: getpid()))
            }
        }
        router.post("/changes") { request, _ in
            let body = try await request.body.collect(upTo: Limits.controlMessageBytes)
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
                // Whoever reaches this socket is the operator, and is told what the clients of the port are not.
                throw APIError.notReady("\(error)")
            }
            return try response { () throws(ControlSocket.InvalidMessage) in try ControlSocket.encode(outcome) }
        }
        return router
    }

    private static func allowedMethods(path: String) -> [String]? {
        switch path {
        case ControlSocket.changesPath: ["POST"]
        case ControlSocket.statusPath: ["GET"]
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
