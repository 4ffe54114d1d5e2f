import EventLedger
import Hummingbird
import HummingbirdCore
import IngestAPI
import Logging
import NIOCore
import ServiceLifecycle

/// Listens on a separate port for those who watch the server.
///
/// It is stopped after the port for everybody, so that they can see that the server is stopping.
struct MetricsService: Service {
    /// The port could not be had.
    struct PortFailure: Error {
        var cause: any Error
    }

    let figures: ServerFigures
    let address: BindAddress
    let eventLoopGroup: any EventLoopGroup
    let limits: ConnectionLimits
    let logger: Logger
    /// Called once, when the port takes connections.
    let onListening: @Sendable (SocketAddress) -> Void
    private let connections = ConnectionRegistry()

    func run() async throws {
        do {
            try await connections.serve(application, on: eventLoopGroup.next(), logger: logger)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw PortFailure(cause: error)
        }
    }

    private var application: some ApplicationProtocol {
        Application(
            router: MetricsRouter.make(figures),
            server: HTTPServerBuilder { [limits, connections, logger] responder in
                IngestChannel(
                    responder: responder,
                    limits: limits,
                    connections: connections,
                    rules: ConnectionRules(logger: logger),
                    ingest: nil,
                    meter: nil
                )
            },
            configuration: ApplicationConfiguration(
                address: address,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    Limits.metricsConnections,
                    logger: logger.forLibraries
                )
            ),
            onServerRunning: { [onListening] channel in
                if let address = channel.localAddress { onListening(address) }
            },
            eventLoopGroupProvider: .shared(eventLoopGroup),
            logger: logger.forLibraries
        )
    }
}
