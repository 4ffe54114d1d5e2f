import EventLedger
import EventModel
import Testing

@testable import IngestServer

/// `POST /v1/events/batch`.
@Suite struct BatchTests {
    @Test("a batch is answered event by event, in its order, in either form", arguments: [true, false])
    func mixed(onLines: Bool) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let events = [
                WireRequest.event("a"), "{}", WireRequest.event("b", key: "k"), WireRequest.event("c", key: "k"),
                #"{"event_type":"no spaces","email":"x"}"#, #"{"event_type":"a","privy_id":"cus_0000000000000009"}"#,
                WireRequest.event(FakeEventStore.otherPayload, key: "k"), "[]", WireRequest.event("d"),
            ]
            let response = try await server.exchange(onLines ? .batch(token, events) : .array(token, events))
            #expect(response.status == 200)
            #expect(response["Content-Type"] == "application/json")
            #expect(
                response.outcomes == [
                    "1", "event_type+base", "2", "r2", "event_type+email", "privy_id", "m2", "base", "3",
                ]
            )
            #expect(store.with { $0.events.map(\.type.name) } == ["a", "b", "d"])
            #expect(store.with { $0.submissions } == 1)
        }
    }

    @Test("a result is what the event alone would have been answered")
    func asAlone() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            var alone: [String] = []
            var together: [String] = []
            for event in [WireRequest.event("a", key: "k"), WireRequest.event("a", key: "k")] {
                alone.append(try await server.exchange(.ingest(token, body: event)).text)
                store.with { $0.submissions = 0 }
            }
            store.with { state in
                state.events = []
                state.keys = [:]
            }
            let event = WireRequest.event("a", key: "k")
            let text = try await server.exchange(.batch(token, [event, event])).text
            together.append(text)
            #expect(together == ["{\"results\":[\(alone.joined(separator: ","))]}"])
        }
    }

    @Test("line ends of either kind, blank lines and a missing last line end make no difference")
    func lineEnds() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            var request = WireRequest.batch(
                token,
                [WireRequest.event("a"), "", " ", WireRequest.event("b")],
                lineEnd: "\r\n"
            )
            let whole = try await server.exchange(request)
            #expect(whole.outcomes == ["1", "2"])
            request.body.removeLast(2)
            let unended = try await server.exchange(request)
            #expect(unended.outcomes == ["3", "4"])
        }
    }

    @Test("a line that is no JSON is rejected alone, an array that is none as a whole")
    func malformed() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let events = [WireRequest.event("a"), "{\"event_type\":", WireRequest.event("b")]
            #expect(try await server.exchange(.batch(token, events)).outcomes == ["1", "base", "2"])
            let array = try await server.exchange(.array(token, events))
            #expect(array.status == 400)
            #expect(array.faultyFields == ["base"])
            #expect(store.with { $0.events.count } == 2)
        }
    }

    @Test("a batch without events, and one of too many, is refused as a whole", arguments: [true, false])
    func count(onLines: Bool) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            func response(_ count: Int) async throws -> WireResponse {
                let events = Array(repeating: WireRequest.event("a"), count: count)
                return try await server.exchange(onLines ? .batch(token, events) : .array(token, events))
            }
            for count in [0, Limits.batchEvents + 1] {
                let refused = try await response(count)
                #expect(refused.status == 400)
                #expect(refused.faultyFields == ["base"])
            }
            #expect(store.with { $0.submissions } == 0)
            let full = try await response(Limits.batchEvents)
            #expect(full.outcomes == (1...Limits.batchEvents).map { String($0, radix: 16) })
        }
    }

    @Test("an Idempotency-Key header is refused, good or bad, once the body is known to be JSON")
    func keyHeader() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            for key in ["k", "", "\"k\""] {
                let batch = WireRequest.batch(token, [WireRequest.event("a", key: "k")])
                let response = try await server.exchange(batch.adding("Idempotency-Key", key))
                #expect(response.status == 400)
                #expect(response.faultyFields == ["idempotency_key"])
                let malformed = try await server.exchange(.array(token, ["{"]).adding("Idempotency-Key", key))
                #expect(malformed.faultyFields == ["base"])
            }
            #expect(store.with { $0.submissions } == 0)
        }
    }

    @Test("a known key answers for an event that breaks a rule, also one of the same batch")
    func knownKey() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            #expect(try await server.exchange(.ingest(token, key: "old")).status == 200)
            let response = try await server.exchange(
                .batch(
                    token,
                    [
                        #"{"idempotency_key":"new"}"#, #"{"idempotency_key":"old"}"#,
                        WireRequest.event("a", key: "new"),
                        #"{"idempotency_key":"new"}"#, #"{"idempotency_key":"never"}"#, WireRequest.event("b"),
                        #"{"idempotency_key":"old","idempotency_key":"old"}"#,
                    ]
                )
            )
            #expect(
                response.outcomes == [
                    "event_type+base", "m1", "2", "m2", "event_type+base", "3", "event_type+base+idempotency_key",
                ]
            )
        }
    }

    @Test(
        "other methods are told which one there is, whoever asks",
        arguments: ["GET", "HEAD", "PUT", "PATCH", "DELETE"]
    )
    func methods(method: String) async throws {
        try await withServer { server, store in
            for token in [nil, store.token(.eventsRead)] {
                let response = try await server.exchange(.get("/v1/events/batch", token, method: method))
                #expect(response.status == 405)
                #expect(response["Allow"] == "POST")
            }
        }
    }

    @Test("the type of the body says which form it has, and any other type is refused")
    func contentTypes() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let event = WireRequest.event("a")
            let cases: [(type: String?, body: String, status: Int)] = [
                (nil, "[\(event)]", 200), ("application/json; charset=utf-8", "[\(event)]", 200),
                ("Application/X-NDJSON", event, 200), (nil, event, 400), ("application/json", event, 400),
                ("text/plain", event, 415),
            ]
            for (type, body, status) in cases {
                var request = WireRequest.ingest(token, body: body)
                request.target = "/v1/events/batch"
                if let type { request.fields.append(("Content-Type", type)) }
                let response = try await server.exchange(request)
                #expect(response.status == status)
            }
            // One event has one form only.
            let single = WireRequest.ingest(token).adding("Content-Type", "application/x-ndjson")
            #expect(try await server.exchange(single).status == 415)
        }
    }
}

/// What the client of a batch is answered if the store cannot do what it is asked.
@Suite struct BatchFailureTests {
    @Test("a store that fails for all events is the 503 of one event alone", arguments: StoreFailureTests.failures)
    func allFail(failure: StoreError, code: String) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            store.with { $0.failure = failure }
            let alone = try await server.exchange(.ingest(token))
            for events in [
                [WireRequest.event("a"), WireRequest.event("b")], [#"{"idempotency_key":"k"}"#],
                [WireRequest.event("a"), #"{"idempotency_key":"k"}"#],
            ] {
                let response = try await server.exchange(.batch(token, events))
                #expect(response.status == 503)
                #expect(response.errorCode == code)
                #expect(response["Retry-After"] == alone["Retry-After"])
                #expect(response.text == alone.text)
            }
        }
    }

    @Test("events that the store could not write are told from those that it could")
    func someFail() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            store.with { $0.failures = ["full": .diskFull, "busy": .overloaded] }
            let events = ["a", "full", "busy", "b"].map { WireRequest.event($0, key: $0) } + ["{}"]
            let response = try await server.exchange(.batch(token, events))
            #expect(response.status == 200)
            #expect(response.outcomes == ["1", "storage_unavailable", "overloaded", "2", "event_type+base"])
            // Sent again with their keys, they are stored, and nothing is stored twice.
            store.with { $0.failures = [:] }
            let again = try await server.exchange(.batch(token, events))
            #expect(again.outcomes == ["r1", "3", "4", "r2", "event_type+base"])
            #expect(store.with { $0.events.count } == 4)
        }
    }

    @Test(
        "every outcome has its place in a result",
        arguments: [
            (.unknownContact, 200, ["privy_id", "privy_id"]),
            (.rejected(.keyReusedWithAnotherPayload), 200, ["idempotency_key", "idempotency_key"]),
            (.rejected(.unknownAccount), 401, []), (.rejected(.accountFull), 507, []),
        ] as [(IngestOutcome, Int, [String])]
    )
    func outcomes(outcome: IngestOutcome, status: Int, fields: [String]) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            store.with { $0.forcedOutcome = outcome }
            let response = try await server.exchange(.batch(token, [WireRequest.event("a"), WireRequest.event("b")]))
            #expect(response.status == status)
            #expect(response.outcomes == fields)
        }
    }
}
