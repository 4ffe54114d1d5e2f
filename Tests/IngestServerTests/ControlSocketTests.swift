import EventLedger
import EventModel
import Foundation
import IngestAPI
import TestSupport
import Testing

@testable import IngestServer

/// The socket on which an operator's tool asks the running server to change the store.
@Suite struct ControlSocketTests {
    @Test("a change goes to the store and its outcome comes back, whatever it is")
    func roundTrip() async throws {
        try await withControlledServer { server, store in
            let changes: [(StoreChange, StoreChange.Outcome)] = [
                (.createAccount(name: "a", isStrict: true), .refused(.accountExists)),
                (
                    .createToken(
                        account: "default",
                        name: "n",
                        scopes: ScopeSet([.eventsWrite]),
                        digest: Array(0..<32),
                        expiresAt: Timestamp(millisecondsSinceEpoch: 5)
                    ),
                    .refused(.invalid(field: "name", message: "m"))
                ),
                (
                    .revokeToken(account: "default", id: 7),
                    .accountCreated(
                        Account(
                            id: FakeEventStore.account,
                            name: "default",
                            isStrict: false,
                            createdAt: Timestamp(millisecondsSinceEpoch: 1)
                        )
                    )
                ),
            ]
            for (change, outcome) in changes {
                store.with { $0.changeOutcome = outcome }
                let response = try await server.exchangeWithControlSocket(try ControlSocketTests.request(change))
                #expect(response.status == 200)
                #expect(try ControlSocket.decodeOutcome(response.body) == outcome)
            }
            #expect(store.with { $0.changes } == changes.map(\.0))
        }
    }

    @Test("the holder of the store tells who it is")
    func status() async throws {
        try await withControlledServer { server, _ in
            let response = try await server.exchangeWithControlSocket(.get("/status"))
            #expect(response.status == 200)
            #expect(try ControlSocket.decodeStatus(response.body).pid == ProcessInfo.processInfo.processIdentifier)
        }
    }

    @Test("what is no change is refused with the envelope")
    func refused() async throws {
        try await withControlledServer { server, store in
            var post = WireRequest()
            post.target = "/changes"
            let cases: [(String, Int, String)] = [
                ("", 400, "bad_request"), ("{}", 400, "bad_request"), ("[", 400, "bad_request"),
                (String(repeating: " ", count: Limits.controlMessageBytes + 1), 413, "payload_too_large"),
            ]
            for (body, status, code) in cases {
                post.body = Array(body.utf8)
                let response = try await server.exchangeWithControlSocket(post)
                #expect(response.status == status)
                #expect(response.errorCode == code)
            }
            #expect(try await server.exchangeWithControlSocket(.get("/nowhere")).status == 404)
            #expect(try await server.exchangeWithControlSocket(.get("/changes")).status == 405)
            // None of the public routes is there.
            #expect(try await server.exchangeWithControlSocket(.get("/v1/events")).status == 404)
            store.with { $0.failure = .diskFull }
            let failed = try await server.exchangeWithControlSocket(
                try ControlSocketTests.request(.revokeToken(account: "a", id: 1))
            )
            #expect(failed.status == 503)
            #expect(failed.errorCode == "not_ready")
            // The operator is given the reason, which clients of the port are not.
            #expect(failed.errorMessage == "\(StoreError.diskFull)")
            #expect(store.with { $0.changes }.isEmpty)
        }
    }

    @Test("a batch of events goes into the account that is named, and is answered as on the port")
    func events() async throws {
        try await withControlledServer { server, store in
            func send(_ target: String, _ body: String) async throws -> WireResponse {
                var request = WireRequest()
                request.target = target
                request.body = Array(body.utf8)
                return try await server.exchangeWithControlSocket(request)
            }
            let event = WireRequest.event("a", key: "k")
            let response = try await send("/events?account=default", "\(event)\n\n{}\r\n\(event)")
            #expect(response.status == 200)
            #expect(response.outcomes == ["1", "event_type+base", "r1"])
            #expect(try await send("/events?account=default", "").faultyFields == ["base"])
            #expect(try await send("/events?account=acme", event).errorCode == "not_found")
            #expect(try await send("/events", event).errorCode == "not_found")
            let tooLarge = String(repeating: " ", count: Limits.batchBodyBytes + 1)
            let refused = try await send("/events?account=default", tooLarge)
            #expect(refused.status == 413)
            #expect(refused.text.contains("8388608"))
            #expect(try await server.exchangeWithControlSocket(.get("/events")).status == 405)
            store.with { $0.failures = ["a": .diskFull] }
            let failed = try await send("/events?account=default", event)
            #expect(failed.status == 503)
            #expect(failed.errorCode == "not_ready")
            #expect(failed.errorMessage == "\(StoreError.diskFull)")
            #expect(store.with { $0.events.count } == 1)
        }
    }

    @Test("the public port knows nothing of the control routes", arguments: ["/changes", "/status", "/events"])
    func notPublic(path: String) async throws {
        try await withControlledServer { server, _ in
            let answer89 = try await server.exchange(.get(path))
            #expect(answer89.status == 404)
            let answer90 = try await server.exchange(.get(path, method: "POST"))
            #expect(answer90.status == 404)
        }
    }

    @Test("only its owner can reach the socket, and it is gone when the server has stopped")
    func modeAndRemoval() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/events.db.sock"
            try await withServer(ServerSetup(controlSocket: path)) { _, _ in
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
                #expect(attributes[.type] as? FileAttributeType == .typeSocket)
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("a socket that an earlier process left is replaced")
    func stale() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/events.db.sock"
            let left = socket(AF_UNIX, wireStreamType, 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(left, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            #expect(bound == 0)
            close(left)
            try await withServer(ServerSetup(controlSocket: path)) { server, _ in
                let answer123 = try await server.exchangeWithControlSocket(.get("/status"))
                #expect(answer123.status == 200)
            }
        }
    }

    @Test(
        "where the socket cannot be had the server says so and serves without it",
        arguments: [String(repeating: "x", count: 120) + ".sock", "missing-folder/x.sock", "file"]
    )
    func without(name: String) async throws {
        try await withTemporaryFolder { folder in
            _ = FileManager.default.createFile(atPath: folder + "/file", contents: Data("keep".utf8))
            try await withServer(ServerSetup(controlSocket: folder + "/" + name)) { server, _ in
                let answer136 = try await server.exchange(.get("/healthz"))
                #expect(answer136.status == 200)
                #expect(server.log.lines.contains { $0.hasPrefix("warning") && $0.contains("store-admin") })
            }
            #expect(try String(contentsOfFile: folder + "/file", encoding: .utf8) == "keep")
        }
    }

    private func withControlledServer(
        _ body: (ServerUnderTest, FakeEventStore) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            try await withServer(ServerSetup(controlSocket: folder + "/s.sock"), body)
        }
    }

    private static func request(_ change: StoreChange) throws -> WireRequest {
        var request = WireRequest()
        request.target = "/changes"
        request.body = try ControlSocket.encode(change)
        return request
    }
}
