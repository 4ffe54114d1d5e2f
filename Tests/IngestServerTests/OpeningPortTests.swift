import EventLedger
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import IngestServer

/// What is answered while the store is being opened.
@Suite struct OpeningPortTests {
    private func port(_ port: Int, delay: Duration = .zero, _ group: MultiThreadedEventLoopGroup) -> OpeningPort {
        var settings = ServerSettings()
        settings.port = port
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return OpeningPort(settings: settings, eventLoopGroup: group, delay: delay, logger: logger)
    }

    @Test("whoever asks while the store is being opened is told to come again, and then the port is free")
    func answers() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let (addresses, addressFound) = AsyncStream.makeStream(of: SocketAddress.self)
        var opening = port(0, group)
        opening.onListening = { addressFound.yield($0) }
        let used = try await opening.serve { () async -> Result<Int, any Error> in
            do {
                let port = try #require(await addresses.first { _ in true }?.port)
                let connection = try await WireConnection.open(port: port)
                for request in [
                    WireRequest.ingest(.random(), key: "k"), .get("/readyz"), .get("/v1/events"), .get("/x"),
                ] {
                    let response = try await connection.exchange(request)
                    #expect(response.status == 503 && response.errorCode == "not_ready")
                    #expect(response["Retry-After"] == "1" && response["X-Request-Id"] != nil)
                }
                #expect(try await connection.exchange(.get("/healthz")).status == 200)
                return .success(port)
            } catch {
                return .failure(error)
            }
        }.get()
        await #expect(throws: (any Error).self) { try await WireConnection.open(port: used) }
        // The next server gets the port, although an earlier connection may still be closing.
        try await port(used, group).listenOnce()
        try await group.shutdownGracefully()
    }

    @Test("nobody waits for the port where the store opens quickly")
    func nothingToDo() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        #expect(await port(0, delay: .seconds(3_600), group).serve { 7 } == 7)
        try await group.shutdownGracefully()
    }
}

extension OpeningPort {
    /// Listens on the port and then gives it up.
    fileprivate func listenOnce() async throws {
        let (addresses, addressFound) = AsyncStream.makeStream(of: SocketAddress.self)
        var port = self
        port.onListening = { addressFound.yield($0) }
        let address = await port.serve { await addresses.first { _ in true } }
        #expect(address?.port == settings.port)
    }
}
