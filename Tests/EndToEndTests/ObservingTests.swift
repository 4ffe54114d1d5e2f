import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

/// What the server tells of requests, as a whole process.
@Suite("Watching requests")
struct ObservingTests {
    @Test("the process keeps the trace of a request, and takes the options of watching and of proxies")
    func trace() async throws {
        let folder = try StoreFolder()
        let server = try await ServerProcess(folder, "--access-log", "on", "--trusted-proxies", "127.0.0.1,::1")
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        var request = HTTPClientRequest(url: server.url + "/healthz")
        request.headers.add(name: "traceparent", value: "00-\(trace)-00f067aa0ba902b7-01")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let answered = try #require(response.headers.first(name: "traceparent"))
        #expect(answered.hasPrefix("00-\(trace)-") && answered.hasSuffix("-01"))
        #expect(!answered.contains("00f067aa0ba902b7"))
        _ = try await response.body.collect(upTo: 1_000)
        #expect(await server.stop() == 0)
    }
}
