import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

/// Where a server listens, and the connections to it.
///
/// Each server has its own client: a client keeps data for each address as long as it lives, and each of thousands of
/// servers has another address.
struct Endpoint: Sendable {
    let url: String
    private let http: HTTPClient

    init(url: String) {
        self.url = url
        var configuration = HTTPClient.Configuration()
        // A refused connection counts as an answer here; the client does not retry it.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        http = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: configuration
        )
    }

    /// Sends a request.
    ///
    /// - Returns: The answer, or nil if there was none.
    func send(_ request: HTTPClientRequest) async -> (status: Int, body: String)? {
        guard
            let response = try? await http.execute(request, timeout: .seconds(30)),
            let body = try? await response.body.collect(upTo: 64 * 1_024 * 1_024)
        else { return nil }
        return (Int(response.status.code), String(buffer: body))
    }

    /// Closes the connections. Nothing can be sent afterwards.
    func close() {
        try? http.syncShutdown()
    }
}
