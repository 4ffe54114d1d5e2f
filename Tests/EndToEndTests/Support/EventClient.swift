import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// A client as applications have one: it posts events and retries with the same key.
struct EventClient: Sendable {
    struct Answer: Sendable, Hashable {
        var status: Int
        var body: String

        /// The `event_id`, if there is one.
        var eventID: String? {
            let object = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
            return object?["event_id"] as? String
        }

        var isReplay: Bool { body.contains(#""idempotent_replay":true"#) }
    }

    var url: String
    var token: String

    /// A refused connection counts as an answer here; the client does not retry it.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: configuration
        )
    }()

    func post(key: String, data: String = "{}", email: String = "ada@example.com") async throws -> Answer {
        var request = HTTPClientRequest(url: url + "/v1/events")
        request.method = .POST
        request.headers.add(name: "Authorization", value: "Bearer " + token)
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Idempotency-Key", value: key)
        request.body = .bytes(
            ByteBuffer(string: #"{"event_type":"order_placed","email":"\#(email)","event_data":\#(data)}"#)
        )
        return try await send(request)
    }

    func get(_ path: String) async throws -> Answer {
        var request = HTTPClientRequest(url: url + path)
        request.headers.add(name: "Authorization", value: "Bearer " + token)
        return try await send(request)
    }

    private func send(_ request: HTTPClientRequest) async throws -> Answer {
        let response = try await EventClient.http.execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 64 * 1_024 * 1_024)
        return Answer(status: Int(response.status.code), body: String(buffer: body))
    }
}
