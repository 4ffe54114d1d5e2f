import EventLedger
import Hummingbird
import HummingbirdCore
import IngestAPI
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// Everything that runs around an open store: the public port, the operator's control socket, the port for metrics,
/// and what reads the certificate and an issuer's keys again.
///
/// A graceful shutdown ends it: the port is closed, what is in flight is answered, idle connections are closed, and
/// what is left after ``shutdownGrace`` is cut. Whoever opened the store closes it afterwards.
struct IngestService: Service {
    let settings: ServerSettings
    let store: any EventStore
    /// The path of the control socket; nil for none.
    let controlSocket: String?
    let eventLoopGroup: any EventLoopGroup
    var limits = ConnectionLimits()
    var shutdownGrace = TimeAmount.milliseconds(Limits.shutdownGraceMilliseconds)
    /// What connections to the port are encrypted with; nil if they are not.
    var certificate: TLSCertificate?
    /// The issuer whose tokens are valid besides the store's own; nil for none.
    var issuer: TokenIssuer?
    /// The signals on which the certificate and the issuer's keys are read again; nil if they never are.
    var hangups: UnixSignalsSequence?
    /// How requests are traced; by default with what the process was bootstrapped with.
    var tracing = RequestTracing.system
    let logger: Logger
    /// Called once, when the port takes connections.
    let onListening: @Sendable (SocketAddress) -> Void
    /// Called once, when the port for metrics takes connections, if there is one.
    var onMetricsListening: @Sendable (SocketAddress) -> Void = { _ in }

    func run() async throws {
        let figures = ServerFigures(store: store, connections: connections)
        let (controlIsReady, metricsIsReady) = (Latch(), Latch())
        var services: [any Service] = []
        if let control = controlService(figures, isReady: controlIsReady) { services.append(control) }
        if let metrics = metricsService(figures, isReady: metricsIsReady) { services.append(metrics) }
        if let issuer { services.append(IssuerKeyService(issuer: issuer, logger: logger)) }
        if let hangups {
            services.append(ReloadService(hangups: hangups, certificate: certificate, issuer: issuer, logger: logger))
        }
        // The last one is stopped first, so that an operator can watch until the port is closed.
        services.append(
            PublicService(
                application: application(figures),
                figures: figures,
                beforehand: [controlIsReady, metricsIsReady],
                connections: connections,
                turns: turns,
                shutdownGrace: shutdownGrace,
                eventLoop: eventLoopGroup.next(),
                logger: logger
            )
        )
        let configurations = services.map { service in
            // If a port is not available, the control socket is closed in order, and then the error is thrown here.
            ServiceGroupConfiguration.ServiceConfiguration(
                service: service,
                failureTerminationBehavior: .gracefullyShutdownGroup
            )
        }
        let group = ServiceGroupConfiguration(services: configurations, logger: logger.forLibraries)
        try await ServiceGroup(configuration: group).run()
    }

    private func controlService(_ figures: ServerFigures, isReady: Latch) -> ControlService? {
        guard let controlSocket else {
            isReady.open()
            return nil
        }
        return ControlService(
            store: store,
            figures: figures,
            path: controlSocket,
            eventLoopGroup: eventLoopGroup,
            limits: limits,
            logger: logger,
            isReady: isReady
        )
    }

    private func metricsService(_ figures: ServerFigures, isReady: Latch) -> MetricsService? {
        guard let port = settings.metricsPort else {
            isReady.open()
            return nil
        }
        return MetricsService(
            figures: figures,
            address: .hostname(settings.metricsHost, port: port),
            eventLoopGroup: eventLoopGroup,
            limits: limits,
            logger: logger
        ) { [onMetricsListening] address in
            onMetricsListening(address)
            isReady.open()
        }
    }

    private let connections = ConnectionRegistry()
    private let turns = PageTurns()

    private func application(_ figures: ServerFigures) -> Application<RouterResponder<PublicRouter.Context>> {
        let authorization = RequestAuthorization(store: store, issuer: issuer)
        let bodies = MemoryBudget(bytes: limits.receivedBytes)
        let ingest = IngestEndpoint(store: store, authorization: authorization, bodies: bodies)
        return Application(
            router: PublicRouter.make(
                over: store,
                authorization: authorization,
                figures,
                answersBrowsers: settings.pages != nil,
                bodies: bodies,
                turns: turns
            ),
            server: HTTPServerBuilder { [limits, connections, certificate, settings, tracing, logger] responder in
                IngestChannel(
                    responder: responder,
                    limits: limits,
                    connections: connections,
                    rules: ConnectionRules(settings, limits, tracing: tracing, logger: logger),
                    ingest: ingest,
                    meter: figures.requests,
                    certificate: certificate
                )
            },
            configuration: ApplicationConfiguration(settings, logger: logger),
            onServerRunning: { [onListening] channel in
                if let address = channel.localAddress { onListening(address) }
            },
            eventLoopGroupProvider: .shared(eventLoopGroup),
            logger: logger.forLibraries
        )
    }
}

extension ApplicationConfiguration {
    /// The configuration of the port for everybody.
    init(_ settings: ServerSettings, logger: Logger) {
        self.init(
            address: .hostname(settings.host, port: settings.port),
            availableConnectionsDelegate: MaximumAvailableConnections(
                settings.connections,
                logger: logger.forLibraries
            )
        )
    }
}

extension Logger {
    /// The logger for the libraries.
    ///
    /// What they log below "info" is not under our control: it could hold what clients sent.
    var forLibraries: Logger {
        var logger = self
        logger.logLevel = max(logLevel, .info)
        return logger
    }
}

/// The port for everybody.
private struct PublicService: Service {
    let application: Application<RouterResponder<PublicRouter.Context>>
    let figures: ServerFigures
    /// What has to be ready before the port is opened.
    let beforehand: [Latch]
    let connections: ConnectionRegistry
    let turns: PageTurns
    let shutdownGrace: TimeAmount
    let eventLoop: any EventLoop
    let logger: Logger

    func run() async throws {
        // Whoever has seen the server listening finds the control socket and the metrics, too.
        await cancelWhenGracefulShutdown { for latch in beforehand { await latch.wait() } }
        guard !Task.isShuttingDownGracefully else { return }
        try await connections.serve(application, cutAfter: shutdownGrace, on: eventLoop, logger: logger) {
            figures.noteStopping()
        } onCut: {
            turns.close()
        }
    }
}
