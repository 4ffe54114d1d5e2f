import EventLedger
import Foundation
import IngestAPI
import Testing

@testable import IngestServer

/// What the server reports about itself, and to whom.
@Suite struct MetricsTests {
    private static func value(_ name: String, _ text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix(name + " ") }.flatMap {
            Double($0.dropFirst(name.count + 1))
        }
    }

    @Test("the port for metrics tells what was answered and what the store did, and the port for everybody does not")
    func metrics() async throws {
        try await withTemporaryFolder { folder in
            let store = try await SQLiteEventStore.open(at: folder + "/events.db")
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
            var setup = ServerSetup()
            setup.hasMetricsPort = true
            try await withServer(over: store, setup) { server in
                for key in ["a", "b", "b"] {
                    #expect(try await server.exchange(.ingest(secret, key: key)).status == 200)
                }
                let other = #"{"event_type":"other","email":"x@example.com"}"#
                #expect(try await server.exchange(.ingest(secret, key: "b", body: other)).status == 200)
                #expect(try await server.exchange(.ingest(nil)).status == 401)
                let event = try await server.exchange(.get("/v1/events/000000000000000000000000?x=1", secret))
                #expect(event.status == 404)
                #expect(try await server.exchange(.get("/secret-path")).status == 404)
                #expect(try await server.exchange(.get("/metrics", secret)).status == 404)

                let metrics = try await WireConnection.open(port: try #require(server.metricsPort))
                    .exchange(.get("/metrics"))
                #expect(metrics.status == 200)
                #expect(metrics["Content-Type"] == PrometheusText.contentType)
                let text = metrics.text
                let expected: [(String, Double)] = [
                    (#"eventledger_http_requests_total{route="/v1/events",method="POST",status="200"}"#, 4),
                    (#"eventledger_http_requests_total{route="/v1/events",method="POST",status="401"}"#, 1),
                    (#"eventledger_http_requests_total{route="/v1/events/{event_id}",method="GET",status="404"}"#, 1),
                    (#"eventledger_http_requests_total{route="other",method="GET",status="404"}"#, 2),
                    (#"eventledger_http_request_duration_seconds_count{route="/v1/events"}"#, 5),
                    ("eventledger_events_accepted_total", 2),
                    ("eventledger_replays_total", 2),
                    ("eventledger_payload_mismatches_total", 1),
                    ("eventledger_writer_transaction_events_sum", 4),
                    ("eventledger_ready", 1),
                    ("eventledger_writer_queue_commands", 0),
                ]
                for (name, value) in expected { #expect(Self.value(name, text) == value, "\(name)") }
                for name in ["eventledger_wal_bytes", "eventledger_ledger_memory_bytes"] {
                    #expect(try #require(Self.value(name, text)) > 0)
                }
                #expect(!text.contains("secret-path"))
                #expect(!text.contains(secret.text))
            }
            await store.close()
        }
    }

    @Test("the server is ready on both ports, and not while its store takes no events")
    func readiness() async throws {
        var setup = ServerSetup()
        setup.hasMetricsPort = true
        try await withServer(setup) { server, store in
            let port = try #require(server.metricsPort)
            func statuses() async throws -> [Int] {
                let other = try await WireConnection.open(port: port).exchange(.get("/readyz"))
                return [try await server.exchange(.get("/readyz")).status, other.status]
            }
            #expect(try await statuses() == [200, 200])
            store.with { $0.failure = .diskFull }
            #expect(try await statuses() == [503, 503])
            store.with { $0.failure = nil }
            #expect(try await statuses() == [200, 200])
        }
    }

    @Test("a server that is stopping is not ready")
    func stopping() {
        let figures = ServerFigures(store: FakeEventStore(), connections: ConnectionRegistry())
        #expect(figures.notReady == nil)
        figures.noteStopping()
        #expect(figures.notReady == "The server is stopping")
        #expect(figures.prometheusText.contains("eventledger_ready 0\n"))
    }

    @Test("the control socket tells the operator the same")
    func control() async throws {
        try await withTemporaryFolder { folder in
            try await withServer(ServerSetup(controlSocket: folder + "/s.sock")) { server, store in
                #expect(try await server.exchange(.ingest(store.token(.eventsWrite))).status == 200)
                let answer = try await server.exchangeWithControlSocket(.get("/figures"))
                let figures = try ControlSocket.decodeFigures(answer.body)
                #expect(
                    figures.answers == [.init(route: "/v1/events", method: "POST", status: 200, count: 1)]
                )
                #expect(figures.answerSeconds.count == 1)
                let metrics = try await server.exchangeWithControlSocket(.get("/metrics"))
                #expect(metrics.text.contains("eventledger_http_requests_total{"))
            }
        }
    }

    @Test(
        "requests are counted by the documented routes, whatever else is in their target",
        arguments: [
            ("/v1/events", .events), ("/v1/events?a=b", .events), ("/v1/events/batch", .batch),
            ("/v1/events/507f", .event), ("/v1/contacts/x?y", .contact), ("/v1/events/a/b", .other), ("/", .other),
            ("", .other), ("/v1/events/", .other), ("/v1/contacts//unsubscribe", .other), ("/readyz", .readiness),
            ("http://h/v1/events", .events), ("x://h:1?a", .other), ("http://h/openapi.json", .document),
            ("/oauth/token", .accessToken),
        ] as [(String, Route)]
    )
    func routes(target: String, route: Route) {
        #expect(Route(target: target) == route)
    }
}
