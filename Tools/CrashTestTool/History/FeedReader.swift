import AsyncHTTPClient
import Foundation
import NIOHTTP1
import Synchronization

/// Follows the feed page by page, across restarts of the server.
final class FeedReader: Sendable {
    private struct State {
        var cursor: String?
        var seen: [FeedEvent] = []
    }

    private let state = Mutex(State())
    private let token: String

    init(token: String) {
        self.token = token
    }

    /// What was read so far.
    var seen: [FeedEvent] { state.withLock { $0.seen } }

    /// Reads until the end of the feed.
    ///
    /// - Returns: Whether the server answered.
    @discardableResult
    func catchUp(_ endpoint: Endpoint, pageSize: Int) async -> Bool {
        while true {
            let cursor = state.withLock { $0.cursor }
            var request = HTTPClientRequest(
                url: endpoint.url + "/v1/events?limit=\(pageSize)" + (cursor.map { "&after=\($0)" } ?? "")
            )
            request.headers.add(name: "Authorization", value: "Bearer " + token)
            guard let (status, body) = await endpoint.send(request), status == 200,
                let page = try? JSONDecoder().decode(Page.self, from: Data(body.utf8))
            else { return false }
            state.withLock { state in
                state.seen += page.data.map { FeedEvent(id: $0.event_id, key: $0.event_data.key) }
                state.cursor = page.next_cursor ?? state.cursor
            }
            if !page.has_more { return true }
        }
    }

    /// Reads new events until the server is gone or `goesOn` says that it is enough.
    func follow(_ endpoint: Endpoint, goesOn: @escaping @Sendable () -> Bool) async {
        while goesOn(), await catchUp(endpoint, pageSize: 7) {
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    /// A page, with the names that the contract gives its members.
    private struct Page: Decodable {
        struct Event: Decodable {
            struct Payload: Decodable { var key: String }
            var event_id: String
            var event_data: Payload
        }
        var data: [Event]
        var next_cursor: String?
        var has_more: Bool
    }
}
