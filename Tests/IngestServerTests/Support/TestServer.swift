import EventLedger
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

@testable import IngestServer

/// A server in this process, on a port of its own.
struct TestServer: Sendable {
    let port: Int
    let logs: LogCapture
    let group: ServiceGroup

    /// Runs a server over a store for as long as `body` runs, and then stops it as a signal would.
    static func run<Value>(
        over store: any EventStore,
        controlSocket: String? = nil,
        settings: ServerSettings = ServerSettings(port: 0),
        limits: ConnectionLimits = ConnectionLimits(),
        shutdownGrace: TimeAmount = .seconds(25),
        _ body: (TestServer) async throws -> Value
    ) async throws -> Value {
        let logs = LogCapture()
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let service = IngestService(
            settings: settings,
            store: store,
            controlSocket: controlSocket,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            limits: limits,
            shutdownGrace: shutdownGrace,
            logger: logs.logger(),
            onListening: { port.yield($0.port ?? 0) }
        )
        let group = ServiceGroup(services: [service], logger: logs.logger(level: .error))
        async let running: Void = {
            defer { port.finish() }
            try await group.run()
        }()
        guard let port = await ports.first(where: { _ in true }) else {
            try await running
            throw CancellationError()
        }
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(TestServer(port: port, logs: logs, group: group)))
        } catch {
            result = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await running
        return try result.get()
    }

    /// Runs a client on a thread of its own.
    func client<Value: Sendable>(_ body: @escaping @Sendable (RawClient) throws -> Value) async throws -> Value {
        let port = port
        return try await onThread { try body(try RawClient(port: port)) }
    }

    /// Sends one request and reads its answer.
    func send(_ text: String, toHead: Bool = false) async throws -> RawResponse {
        try await client { client in
            client.send(text)
            return try client.response(toHead: toHead)
        }
    }
}
