import EventLedger
import EventModel
import Foundation
import Testing

@testable import IngestServer

/// `POST /v1/events?dry_run=true`.
@Suite struct DryRunTests {
    @Test(
        "only a dry run is one, and a query that could be meant as one is no event",
        arguments: [
            ("?dry_run=true", 1, 0, 200), ("?x=1&dry%5frun=true", 1, 0, 200), ("?dry_run=false", 0, 1, 200),
            ("?", 0, 1, 200), ("?x=1", 0, 1, 200), ("?dry_run", 0, 0, 400),
            ("?dry_run=1", 0, 0, 400), ("?dry_run=TRUE", 0, 0, 400), ("?dry_run=true&dry_run=true", 0, 0, 400),
            ("?dry_run=%zz", 0, 0, 400),
        ]
    )
    func query(query: String, dryRuns: Int, submissions: Int, status: Int) async throws {
        try await withServer { server, store in
            var request = WireRequest.ingest(store.token(.eventsWrite))
            request.target += query
            let response = try await server.exchange(request)
            #expect(response.status == status)
            #expect(store.with { $0.dryRuns } == dryRuns)
            #expect(store.with { $0.submissions } == submissions)
            if status == 400 { #expect(response.faultyFields == [query.contains("zz") ? "base" : "dry_run"]) }
        }
    }

    @Test(
        "a batch is not tried, and not taken in either, in whatever form and however large it is",
        arguments: [("dry_run=true", "dry_run"), ("x=%ff", "base")],
        [("application/json", 0), ("application/x-ndjson", 0), ("application/json", Limits.requestBodyBytes)]
    )
    func batch(query: (text: String, field: String), body: (type: String, padding: Int)) async throws {
        try await withServer { server, store in
            let text = "[\(WireRequest.goodBody)]" + String(repeating: " ", count: body.padding)
            var request = WireRequest.ingest(store.token(.eventsWrite), body: text).adding("Content-Type", body.type)
            request.target = "/v1/events/batch?\(query.text)"
            let response = try await server.exchange(request)
            #expect(response.status == 400)
            #expect(response.faultyFields == [query.field])
            #expect(store.with { $0.submissions } == 0)
        }
    }

    @Test("every check of an ingest is made, and every fault told, and a known key answers")
    func checks() async throws {
        try await withServer { server, store in
            func exchange(_ token: TokenSecret?, key: String? = nil, _ body: String) async throws -> WireResponse {
                var request = WireRequest.ingest(token, key: key, body: body)
                request.target += "?dry_run=true"
                return try await server.exchange(request)
            }
            let token = store.token(.eventsWrite)
            #expect(try await exchange(nil, "{}").status == 401)
            #expect(try await exchange(store.token(.eventsRead), "{}").status == 403)
            let faulty = try await exchange(token, "{}")
            #expect(faulty.status == 400)
            #expect(faulty.faultyFields == ["event_type", "base"])
            #expect(try await exchange(token, "[").faultyFields == ["base"])
            let new = try await exchange(token, WireRequest.goodBody)
            #expect(new.text == #"{"dry_run":true,"status":"accepted","contact":"created"}"#)
            _ = try await server.exchange(.ingest(token, key: "k"))
            let known = try await exchange(token, WireRequest.goodBody)
            #expect(
                known.text
                    == #"{"dry_run":true,"status":"accepted","contact":"matched","privy_id":"cus_0000000000000001"}"#
            )
            let replay = try await exchange(token, key: "k", "{}")
            #expect(replay.object?["idempotent_replay"] as? Bool == true)
            #expect(replay.object?["dry_run"] as? Bool == true)
            #expect(replay["Idempotency-Payload-Mismatch"] == "true")
            store.with { $0.failure = .overloaded }
            #expect(try await exchange(token, WireRequest.goodBody).status == 503)
        }
    }
}
