import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Clients that post events with keys, several of them for each key, and ask again when they get no answer.
struct Clients: Sendable {
    let history: History
    let token: String
    let count: Int

    /// How an attempt ended.
    enum Attempt: Sendable {
        case answered
        /// The server answered that it could not.
        case refused(status: Int)
        /// There was no answer.
        case cutOff
    }

    /// Sends one event.
    func post(_ key: String, to endpoint: Endpoint) async -> Attempt {
        var request = HTTPClientRequest(url: endpoint.url + "/v1/events")
        request.method = .POST
        request.headers.add(name: "Authorization", value: "Bearer " + token)
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Idempotency-Key", value: key)
        let contact = key.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFF }
        request.body = .bytes(
            ByteBuffer(
                string: #"{"event_type":"\#(LogCheck.eventType)","email":"c\#(contact)\#(LogCheck.emailDomain)","#
                    + #""event_data":{"key":"\#(key)"}}"#
            )
        )
        history.willSend(key)
        guard let (status, body) = await endpoint.send(request) else { return .cutOff }
        guard status == 200 else {
            if status != 503 { history.violate("\(key) was answered with status \(status): \(body)") }
            history.noteRefusal()
            return .refused(status: status)
        }
        guard let id = body.firstMatch(of: /"event_id":"([0-9a-f]{24})"/)?.1 else {
            history.violate("\(key) was answered \(body)")
            return .cutOff
        }
        history.note(String(id), isReplay: body.contains(#""idempotent_replay":true"#), of: key)
        return .answered
    }

    /// Posts until the server is gone or `goesOn` says that it is enough. Three clients at a time send each key.
    ///
    /// - Parameters:
    ///   - round: The prefix of the keys.
    ///   - goesOn: Called before each event, with the number of answers so far.
    func load(_ endpoint: Endpoint, round: String, goesOn: @escaping @Sendable (_ answered: Int) -> Bool) async {
        let progress = Progress()
        await withTaskGroup { group in
            for _ in 0..<count {
                group.addTask {
                    while goesOn(progress.answered) {
                        let number = progress.next() / 3
                        switch await post("\(round)-\(number)", to: endpoint) {
                        case .answered: progress.noteAnswer()
                        case .refused:
                            // This counts as an answer: a server that refuses everything, as on a disk that lied, would
                            // never be done.
                            progress.noteAnswer()
                            try? await Task.sleep(for: .milliseconds(5))
                        case .cutOff: return
                        }
                    }
                }
            }
        }
    }

    /// Asks again for every key of a round and for some others: each must get the answer that it got before.
    func askAgain(_ endpoint: Endpoint, keys: [String]) async {
        let progress = Progress(asking: keys)
        await withTaskGroup { group in
            for _ in 0..<count {
                group.addTask {
                    while let key = progress.nextKey() {
                        if case .answered = await post(key, to: endpoint) { continue }
                        history.violate("\(key) got no answer from a server that nobody disturbs")
                    }
                }
            }
        }
    }
}
