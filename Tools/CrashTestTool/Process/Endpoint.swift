import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

/// Where a server listens, and the connections to it. Each server has its own: a client keeps what belongs to an address for as
/// long as it lives, and of thousands of servers each has another one.
struct Endpoint: Sendable {
    let url: String
    private let http: HTTPClient

    init(url: String) {
        self.url = url
        var configuration = HTTPClient.Configuration()
        // A connection that is refused is an answer here, and no reason to wait for another.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        http = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: configuration
        )
    }

    /// Sends a request.
    ///
    /// - Returns: The answer, or nil where there was none.
    func send(_ request: HTTPClientRequest) async -> (status: Int, body: String)? {
        guard
            let response = try? await http.execute(request, timeout: .seconds(30)),
            let body = try? await response.body.collect(upTo: 64 * 1_024 * 1_024)
        else { return nil }
        return (Int(response.status.code), String(buffer: body))
    }

    /// Closes the connections. Nothing can be sent after it.
    func close() {
        try? http.syncShutdown()
    }
}
