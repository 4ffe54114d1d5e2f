import EventLedger
import HTTPTypes
import Hummingbird
import HummingbirdCore
import IngestAPI
import Logging
import NIOCore
import ServiceLifecycle

/// Answers on the server's port while the store is being opened, if that takes long.
///
/// Clients learn that they are to come again, and that the process is alive. The port is given up before the server
/// itself takes it. A port that is not available is no failure here: the server will report it.
struct OpeningPort {
    let settings: ServerSettings
    let eventLoopGroup: any EventLoopGroup
    var limits = ConnectionLimits()
    var certificate: TLSCertificate?
    /// How long opening a store may take before anything is answered.
    var delay = Duration.milliseconds(Limits.openingDelayMilliseconds)
    /// How requests are traced.
    var tracing = RequestTracing.system
    let logger: Logger
    /// Called once, when the port takes connections.
    var onListening: @Sendable (SocketAddress) -> Void = { _ in }

    /// Answers while something is under way.
    ///
    /// - Returns: Its result, once nothing is answered any more.
    func serve<Opened: Sendable>(while open: () async -> Opened) async -> Opened {
        let connections = ConnectionRegistry()
        let isOpen = Latch()
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: application(connections)),
                    .init(
                        service: Opening(isOpen: isOpen, connections: connections),
                        successTerminationBehavior: .gracefullyShutdownGroup
                    ),
                ],
                logger: logger.forLibraries
            )
        )
        let waiting = Task { [delay] in try await Task.sleep(for: delay) }
        // Ended by the latch and not cancelled: a server that is cancelled reports it as an error.
        let answering = Task {
            try await waiting.value
            try await group.run()
        }
        let opened = await open()
        waiting.cancel()
        isOpen.open()
        _ = await answering.result
        return opened
    }

    private func application(_ connections: ConnectionRegistry) -> some ApplicationProtocol {
        Application(
            responder: Responder(),
            server: HTTPServerBuilder { [limits, certificate, settings, tracing, logger] responder in
                IngestChannel(
                    responder: responder,
                    limits: limits,
                    connections: connections,
                    rules: ConnectionRules(settings, tracing: tracing, logger: logger),
                    ingest: nil,
                    meter: nil,
                    certificate: certificate
                )
            },
            configuration: ApplicationConfiguration(settings, logger: logger),
            onServerRunning: { [logger, onListening] channel in
                logger.info("the store is still being opened; requests are answered with 503 until it is open")
                if let address = channel.localAddress { onListening(address) }
            },
            eventLoopGroupProvider: .shared(eventLoopGroup),
            logger: logger.forLibraries
        )
    }

    /// Stops the answering when the store is open.
    private struct Opening: Service {
        let isOpen: Latch
        let connections: ConnectionRegistry

        func run() async {
            await isOpen.wait()
            connections.closeAll()
        }
    }

    private struct Responder: HTTPResponder {
        func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
            let isAlive =
                Route(path: request.uri.path[...].utf8) == .health
                && Route.health.methods.contains(request.method.rawValue)
            let answer =
                isAlive ? ReadResponse.status("ok") : APIError.notReady("The store is being opened; try again").response
            let response = Response(answer)
            return request.method == .head ? response.createHeadResponse() : response
        }
    }
}
