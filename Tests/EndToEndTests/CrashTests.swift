import Foundation
import Synchronization
import Testing

/// What clients were answered, by key.
private final class Answers: Sendable {
    private struct State {
        var idsByKey: [String: String] = [:]
        var waiting: (count: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())

    var all: [String: String] { state.withLock { $0.idsByKey } }

    /// Notes an answer.
    ///
    /// - Returns: The first answer that the key got.
    func note(_ id: String, for key: String) -> String {
        let (first, reached) = state.withLock { state in
            let first = state.idsByKey[key] ?? id
            state.idsByKey[key] = first
            guard let waiting = state.waiting, state.idsByKey.count >= waiting.count else {
                return (first, nil as CheckedContinuation<Void, Never>?)
            }
            state.waiting = nil
            return (first, waiting.continuation)
        }
        reached?.resume()
        return first
    }

    /// Returns once that many keys were answered.
    func reach(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.idsByKey.count >= count { return true }
                state.waiting = (count, continuation)
                return false
            }
            if isReached { continuation.resume() }
        }
    }
}

@Suite("When the process dies")
struct CrashTests {
    @Test("what was answered before a kill under load is there once, and answers the same again")
    func killedUnderLoad() async throws {
        let folder = try StoreFolder()
        #expect(try await folder.admin("init").exitCode == 0)
        let token = try await folder.token()
        let answers = Answers()

        for round in 0..<3 {
            let server = try await ServerProcess(folder)
            let client = EventClient(url: server.url, token: token)
            await withTaskGroup { group in
                for worker in 0..<16 {
                    group.addTask {
                        // Two workers share each key, so that duplicates are in progress when the process dies.
                        for index in 0..<10_000 {
                            let key = "\(round)-\(worker / 2)-\(index)"
                            guard let answer = try? await client.post(key: key), let id = answer.eventID else { return }
                            let first = answers.note(id, for: key)
                            #expect(first == id, "two answers for \(key)")
                        }
                    }
                }
                group.addTask {
                    await answers.reach(300 * (round + 1))
                    await server.kill()
                }
            }
        }

        let server = try await ServerProcess(folder)
        let client = EventClient(url: server.url, token: token)
        for (key, id) in answers.all {
            let answer = try await client.post(key: key)
            #expect(answer.eventID == id, "\(key)")
            #expect(answer.isReplay, "\(key)")
        }
        #expect(await server.stop() == 0)
        let verified = try await folder.admin("verify")
        #expect(verified.exitCode == 0, "\(verified.output)")
    }

    @Test("a key answers the same before and after its token was rotated, and after a restart")
    func rotation() async throws {
        let folder = try StoreFolder()
        var server = try await ServerProcess(folder)
        let old = try await folder.token()
        let first = try await EventClient(url: server.url, token: old).post(key: "k")
        #expect(first.status == 200)
        let fresh = try await folder.token()
        #expect(try await folder.admin("token", "revoke", "1").exitCode == 0)
        #expect(try await EventClient(url: server.url, token: old).post(key: "k").status == 401)
        let again = try await EventClient(url: server.url, token: fresh).post(key: "k")
        #expect(again.eventID == first.eventID)
        #expect(again.isReplay)
        #expect(await server.stop() == 0)
        server = try await ServerProcess(folder)
        #expect(try await EventClient(url: server.url, token: old).post(key: "k").status == 401)
        #expect(try await EventClient(url: server.url, token: fresh).post(key: "k") == again)
        #expect(await server.stop() == 0)
    }

    @Test("odd data comes back byte for byte from the server and from the admin tool")
    func verbatim() async throws {
        let folder = try StoreFolder()
        let server = try await ServerProcess(folder)
        let client = EventClient(url: server.url, token: try await folder.token())
        let data =
            #"{ "a":1.0,"b":1e400,  "c":1234567890123456789012345678901234567890,"d":"\u0000\ud800\/é", "a" : [ ] }"#
        let id = try #require(try await client.post(key: "k", data: data).eventID)
        #expect(try await client.get("/v1/events/\(id)").body.contains(#""event_data":\#(data)}"#))
        #expect(try await client.get("/v1/events").body.contains(#""event_data":\#(data)}"#))
        let shown = try await folder.admin("event", "get", id, "--format", "json")
        #expect(shown.output.contains(data))
        #expect(await server.stop() == 0)
    }
}
