import EventLedger
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import TestSupport

@testable import IngestServer

/// The whole server, running in this process on a free port.
struct ServerUnderTest: Sendable {
    /// The port that it listens on.
    let port: Int
    /// What it logs, at every level.
    let log: LogRecorder
    /// The path of its control socket, if it has one.
    let controlSocket: String?
    /// The port on which it serves metrics, if it has one.
    let metricsPort: Int?
    fileprivate let group: ServiceGroup
    fileprivate let running: Task<Void, any Error>

    /// Opens a connection.
    func connect() async throws -> WireConnection { try await WireConnection.open(port: port) }

    /// Sends one request on a connection of its own.
    func exchange(_ request: WireRequest) async throws -> WireResponse { try await connect().exchange(request) }

    /// Sends one request to the control socket.
    func exchangeWithControlSocket(_ request: WireRequest) async throws -> WireResponse {
        try await WireConnection.open(path: controlSocket!).exchange(request)
    }

    /// Asks the server to stop, as a signal would.
    func beginShutdown() async { await group.triggerGracefulShutdown() }

    /// Waits until the server has stopped.
    func waitUntilStopped() async throws { try await running.value }
}

/// How to run a server.
struct ServerSetup: Sendable {
    var limits = ConnectionLimits()
    var shutdownGrace = TimeAmount.seconds(20)
    var connections = 1_000
    var controlSocket: String?
    var hasMetricsPort = false
    var certificate: TLSCertificate?
    var issuer: TokenIssuer?
    var pages: CORSPolicy?
    var proxies: TrustedProxies?
    var tracing: RequestTracing?
    var logsAccess = false
    var logLevel = Logger.Level.trace
}

/// Runs a server over a fake store while `body` runs, and stops it.
func withServer(
    _ setup: ServerSetup = ServerSetup(),
    _ body: (ServerUnderTest, FakeEventStore) async throws -> Void
) async throws {
    let store = FakeEventStore()
    try await withServer(over: store, setup) { try await body($0, store) }
}

/// Runs a server over a store while `body` runs, and stops it.
func withServer(
    over store: any EventStore,
    _ setup: ServerSetup = ServerSetup(),
    _ body: (ServerUnderTest) async throws -> Void
) async throws {
    let eventLoopGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do {
        let server = try await start(over: store, setup, eventLoopGroup)
        do {
            try await body(server)
        } catch {
            await server.beginShutdown()
            try? await server.waitUntilStopped()
            throw error
        }
        await server.beginShutdown()
        try await server.waitUntilStopped()
    } catch {
        try await eventLoopGroup.shutdownGracefully()
        throw error
    }
    try await eventLoopGroup.shutdownGracefully()
}

private func start(
    over store: any EventStore,
    _ setup: ServerSetup,
    _ eventLoopGroup: MultiThreadedEventLoopGroup
) async throws -> ServerUnderTest {
    var settings = ServerSettings()
    settings.port = 0
    settings.connections = setup.connections
    settings.pages = setup.pages
    settings.proxies = setup.proxies
    settings.logsAccess = setup.logsAccess
    settings.metricsPort = setup.hasMetricsPort ? 0 : nil
    let log = LogRecorder()
    var logger = Logger(label: "test") { _ in log.handler() }
    logger.logLevel = setup.logLevel
    let (addresses, addressesFound) = AsyncStream.makeStream(of: SocketAddress.self)
    let (metricsAddresses, metricsAddressesFound) = AsyncStream.makeStream(of: SocketAddress.self)
    let service = IngestService(
        settings: settings,
        store: store,
        controlSocket: setup.controlSocket,
        eventLoopGroup: eventLoopGroup,
        limits: setup.limits,
        shutdownGrace: setup.shutdownGrace,
        certificate: setup.certificate,
        issuer: setup.issuer,
        tracing: setup.tracing ?? .system,
        logger: logger
    ) {
        addressesFound.yield($0)
    } onMetricsListening: {
        metricsAddressesFound.yield($0)
    }
    let group = ServiceGroup(services: [service], logger: logger)
    let running = Task {
        defer {
            addressesFound.finish()
            metricsAddressesFound.finish()
        }
        try await group.run()
    }
    guard let port = await addresses.first(where: { _ in true })?.port else {
        try await running.value
        throw SocketFailure("the server ended before it listened")
    }
    let metricsAddress = setup.hasMetricsPort ? await metricsAddresses.first(where: { _ in true }) : nil
    return ServerUnderTest(
        port: port,
        log: log,
        controlSocket: setup.controlSocket,
        metricsPort: metricsAddress?.port,
        group: group,
        running: running
    )
}

/// Creates a folder, and removes it afterwards. Its path is short, as a Unix socket's has to be.
func withTemporaryFolder(_ body: (String) async throws -> Void) async throws {
    let folder = "/tmp/is-\(UInt32.random(in: .min ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
}
