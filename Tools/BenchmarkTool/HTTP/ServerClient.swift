import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// What the load requests from a server besides events.
enum ServerClient {
    private struct Grant: Decodable {
        var access_token: String
    }

    /// An access token for the credentials of an app.
    static func accessToken(port: Int, client: String, secret: String) async throws -> String {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/oauth/token")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        let form = "grant_type=client_credentials&scope=events_write&client_id=\(client)&client_secret=\(secret)"
        request.body = .bytes(ByteBuffer(string: form))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        let body = try await response.body.collect(upTo: 65_536)
        guard response.status == .ok else {
            throw UnexpectedOutcome(description: "no access token was given: status \(response.status.code)")
        }
        return try JSONDecoder().decode(Grant.self, from: Data(body.readableBytesView)).access_token
    }

    /// Reads the metrics of the server that holds a store once a second, until it is cancelled.
    static func scrape(socket: String) async {
        guard let path = socket.addingPercentEncoding(withAllowedCharacters: .alphanumerics) else { return }
        while !Task.isCancelled {
            let request = HTTPClientRequest(url: "http+unix://\(path)/metrics")
            if let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(10)) {
                _ = try? await response.body.collect(upTo: 1_048_576)
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }
}
