import EventLedger
import Foundation
import IngestAPI
import NIOCore
import ServiceLifecycle
import Testing

@testable import IngestServer

@Suite("Stopping, and the control socket")
struct LifecycleTests {
    private static let good = #"{"event_type":"signup","email":"a@example.com"}"#

    @Test("A stopping server answers what is in flight and closes idle connections")
    func graceful() async throws {
        let store = FakeStore()
        let token = store.grant(.eventsWrite)
        store.hold()
        try await TestServer.run(over: store) { server in
            let idle = try RawClient(port: server.port)
            idle.send(requestText("GET", "/healthz"))
            _ = try idle.response()
            // Unsafe is fine: the test touches the client no more once the thread below has it.
            nonisolated(unsafe) let idleClient = idle
            async let answer = server.client { client in
                client.send(requestText(token: token, body: Self.good) + requestText("GET", "/healthz"))
                return (try client.response(), client.isClosedByServer())
            }
            await store.waitForSubmissions(1)
            await server.group.triggerGracefulShutdown()
            #expect(try await onThread { idleClient.isClosedByServer() })
            store.release()
            let (response, isClosed) = try await answer
            #expect(response.status == 200)
            #expect(response.header("Connection") == "close")
            #expect(isClosed)
        }
        #expect(!store.isClosed)
    }

    @Test("What is in flight when the time to stop is up is cut")
    func bounded() async throws {
        let store = FakeStore()
        let token = store.grant(.eventsWrite)
        store.hold()
        try await TestServer.run(over: store, shutdownGrace: .milliseconds(50)) { server in
            async let isCut = server.client { client in
                client.send(requestText(token: token, body: Self.good))
                return client.isClosedByServer()
            }
            await store.waitForSubmissions(1)
            await server.group.triggerGracefulShutdown()
            let wasCut = try await isCut
            #expect(wasCut)
        }
        store.release()
    }

    @Test("200 connections with one key: one event, and 200 equal answers but for the replay member")
    func oneKey() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try await SQLiteEventStore.open(at: folder.appendingPathComponent("s.db").path)
        let secret = TokenSecret.random()
        _ = try await store.perform(
            .createToken(
                account: Account.defaultName,
                name: "",
                scopes: ScopeSet(Scope.allCases),
                digest: secret.digest.bytes,
                expiresAt: nil
            )
        )
        let socket = ControlSocket.path(forStore: store.path)
        try await TestServer.run(over: store, controlSocket: socket) { server in
            let mode = try FileManager.default.attributesOfItem(atPath: socket)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let port = server.port
            let bodies = try await onThread {
                let clients = try (0..<200).map { _ in try RawClient(port: port) }
                for client in clients {
                    client.send(requestText(token: secret.text, headers: ["Idempotency-Key: one"], body: Self.good))
                }
                return try clients.map { try $0.response().body }
            }
            let originals = bodies.filter { !$0.contains("idempotent_replay") }
            #expect(originals.count == 1)
            #expect(Set(bodies.map { $0.replacingOccurrences(of: #","idempotent_replay":true"#, with: "") }).count == 1)
            let feed = try await server.send(requestText("GET", "/v1/events", token: secret.text))
            #expect(feed.body.components(separatedBy: "event_id").count == 2)
            let text = server.logs.text
            for sent in [secret.text, "a@example.com", "=one", "\"one\"", "signup"] {
                #expect(!text.contains(sent), "the log holds \(sent)")
            }
            #expect(text.contains("request answered"))
        }
        #expect(!FileManager.default.fileExists(atPath: socket))
        await store.close()
    }
}
