import EventLedger
import Hummingbird
import HummingbirdCore
import IngestAPI
import Logging
import NIOCore
import ServiceLifecycle

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Listens on the control socket beside the store, so that `store-admin` can make this process change the store.
///
/// If the socket is not available, the server serves without it: then an operator needs a restart to change something,
/// but the clients keep their server.
struct ControlService: Service {
    let store: any EventStore
    let figures: ServerFigures
    /// The path of the socket.
    let path: String
    let eventLoopGroup: any EventLoopGroup
    let limits: ConnectionLimits
    let logger: Logger
    /// Opened when the socket takes connections, or when it is known that there will be none.
    let isReady: Latch
    private let connections = ConnectionRegistry()

    func run() async throws {
        defer { isReady.open() }
        guard ControlSocket.isUsable(path: path) else {
            return try await goWithout("its path has more than \(ControlSocket.pathBytes) bytes")
        }
        do {
            try await connections.serve(application, on: eventLoopGroup.next(), logger: logger)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return try await goWithout("\(error)")
        }
        // The store's lock is still held, so nobody else has put a socket there in the meantime.
        unlink(path)
    }

    private var application: some ApplicationProtocol {
        Application(
            router: ControlRouter.make(over: store, figures),
            server: HTTPServerBuilder { [limits, connections, logger] responder in
                IngestChannel(
                    responder: responder,
                    limits: limits,
                    connections: connections,
                    rules: ConnectionRules(needsHost: false, logger: logger),
                    ingest: nil,
                    meter: nil
                )
            },
            // What an earlier process left there is removed; the store's lock shows that it is left over.
            configuration: ApplicationConfiguration(address: .unixDomainSocket(path: path)),
            onServerRunning: { [path, isReady] _ in
                chmod(path, mode_t(ControlSocket.mode))
                // If the superuser runs the server, the owner of the store is the operator.
                StorePath.give(path, toOwnerOf: ControlSocket.store(ofPath: path))
                isReady.open()
            },
            eventLoopGroupProvider: .shared(eventLoopGroup),
            logger: logger.forLibraries
        )
    }

    private func goWithout(_ reason: String) async throws {
        logger.warning(
            "no control socket: store-admin cannot change the store while this server runs",
            metadata: ["reason": "\(reason)", "path": "\(path)"]
        )
        isReady.open()
        try await gracefulShutdown()
    }
}
