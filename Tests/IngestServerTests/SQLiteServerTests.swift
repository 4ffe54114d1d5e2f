import EventLedger
import EventModel
import Foundation
import IngestAPI
import Testing

@testable import IngestServer

/// The server over the real store.
@Suite struct SQLiteServerTests {
    @Test("200 connections with one key make one event, and the same answer after a restart")
    func oneKey() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/events.db"
            var secret: TokenSecret?
            var firstID: String?
            for round in 1...2 {
                let store = try await SQLiteEventStore.open(at: path)
                let token = if let secret { secret } else { try await SQLiteServerTests.token(in: store) }
                secret = token
                try await withServer(over: store) { server in
                    let request = WireRequest.ingest(token, key: "the-one")
                    let responses = try await withThrowingTaskGroup(of: WireResponse.self) { group in
                        for _ in 0..<200 { group.addTask { try await server.exchange(request) } }
                        return try await group.reduce(into: []) { $0.append($1) }
                    }
                    #expect(responses.allSatisfy { $0.status == 200 })
                    let ids = Set(responses.compactMap { $0.object?["event_id"] as? String })
                    #expect(ids.count == 1)
                    #expect(responses.count { $0.object?["idempotent_replay"] == nil } == (round == 1 ? 1 : 0))
                    if let firstID { #expect(ids == [firstID]) }
                    firstID = ids.first
                    let feed = try await server.exchange(.get("/v1/events", token))
                    #expect((feed.object?["data"] as? [Any])?.count == 1)
                }
                await store.close()
            }
        }
    }

    @Test("a token made and revoked by the control socket counts from the next request on")
    func tokens() async throws {
        try await withTemporaryFolder { folder in
            let store = try await SQLiteEventStore.open(at: folder + "/events.db")
            let setup = ServerSetup(controlSocket: ControlSocket.path(forStore: store.path))
            try await withServer(over: store, setup) { server in
                func perform(_ change: StoreChange) async throws -> StoreChange.Outcome {
                    var request = WireRequest()
                    request.target = "/changes"
                    request.body = try ControlSocket.encode(change)
                    return try ControlSocket.decodeOutcome(
                        try await server.exchangeWithControlSocket(request).body
                    )
                }
                let secret = TokenSecret.random()
                let client = try await server.connect()
                #expect(try await client.exchange(.ingest(secret)).status == 401)
                let made = try await perform(
                    .createToken(
                        account: Account.defaultName,
                        name: "test",
                        scopes: ScopeSet([.eventsWrite]),
                        digest: secret.digest.bytes,
                        expiresAt: nil
                    )
                )
                guard case .tokenCreated(let token) = made else {
                    Issue.record("\(made)")
                    return
                }
                #expect(try await client.exchange(.ingest(secret)).status == 200)
                _ = try await perform(.revokeToken(account: Account.defaultName, id: token.id))
                #expect(try await client.exchange(.ingest(secret)).status == 401)
            }
            await store.close()
        }
    }

    @Test("a payload that differs and one that is invalid are told apart from the first one")
    func mismatch() async throws {
        try await withTemporaryFolder { folder in
            let store = try await SQLiteEventStore.open(at: folder + "/events.db")
            let token = try await SQLiteServerTests.token(in: store)
            try await withServer(over: store) { server in
                let first = try await server.exchange(.ingest(token, key: "k"))
                let other = try await server.exchange(
                    .ingest(token, key: "\"k\"", body: #"{"event_type":"other","email":"x@example.com"}"#)
                )
                let invalid = try await server.exchange(.ingest(token, key: " k ", body: "{}"))
                for replay in [other, invalid] {
                    #expect(replay.status == 200)
                    #expect(replay["Idempotency-Payload-Mismatch"] == "true")
                    #expect(replay.object?["event_id"] as? String == first.object?["event_id"] as? String)
                }
                let same = try await server.exchange(
                    .ingest(token, key: "k", body: #" { "email" : "ADA@example.com", "event_type":"signup" } "#)
                )
                #expect(same["Idempotency-Payload-Mismatch"] == nil)
                #expect(same["Idempotent-Replayed"] == "true")
            }
            await store.close()
        }
    }

    @Test("a batch stands in the feed in its order, once, whatever else is sent meanwhile", arguments: [true, false])
    func batchOrder(isStrict: Bool) async throws {
        try await withTemporaryFolder { folder in
            let store = try await SQLiteEventStore.open(at: folder + "/events.db")
            _ = try await store.perform(.createAccount(name: "other", isStrict: isStrict))
            let token = try await SQLiteServerTests.token(in: store, account: "other")
            try await withServer(over: store) { server in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for client in 0..<8 {
                        group.addTask {
                            let events = (0..<100).map {
                                WireRequest.event("c\(client)-\($0)", key: "c\(client)-\($0)")
                            }
                            for isRetry in [false, true] {
                                let results = try await server.exchange(.batch(token, events)).results ?? []
                                #expect(results.count == events.count)
                                #expect(results.allSatisfy { ($0["idempotent_replay"] as? Bool == true) == isRetry })
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let feed = try await server.exchange(.get("/v1/events?limit=1000", token))
                let types = (feed.object?["data"] as? [[String: Any]] ?? []).compactMap { $0["event_type"] as? String }
                for client in 0..<8 {
                    #expect(types.filter { $0.hasPrefix("c\(client)-") } == (0..<100).map { "c\(client)-\($0)" })
                }
                #expect(types.count == 800)

                let known = #"{"idempotency_key":"c0-0"}"#
                let response = try await server.exchange(
                    .batch(
                        token,
                        [
                            WireRequest.event("x", key: "c0-0"), known, WireRequest.event("y", key: "new"),
                            WireRequest.event("y", key: "new"),
                            #"{"event_type":"a","privy_id":"cus_0000000000000000"}"#,
                        ]
                    )
                )
                let outcomes = response.outcomes.map { outcome in
                    outcome.first == "m" || outcome.first == "r" ? String(outcome.prefix(1)) : outcome
                }
                #expect(outcomes.prefix(2) == (isStrict ? ["idempotency_key", "idempotency_key"] : ["m", "m"]))
                #expect(outcomes.suffix(2) == ["r", "privy_id"])
            }
            await store.close()
        }
    }

    private static func token(
        in store: SQLiteEventStore,
        account: String = Account.defaultName
    ) async throws -> TokenSecret {
        let secret = TokenSecret.random()
        _ = try await store.perform(
            .createToken(
                account: account,
                name: "test",
                scopes: ScopeSet(Scope.allCases),
                digest: secret.digest.bytes,
                expiresAt: nil
            )
        )
        return secret
    }
}
