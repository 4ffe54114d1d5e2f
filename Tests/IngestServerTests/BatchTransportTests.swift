import EventModel
import Testing

@testable import IngestServer

/// What a batch has in common with one event: the order of the checks, the limits, and the connection.
@Suite struct BatchTransportTests {
    /// The faults of a request, in the order in which they are found.
    enum Fault: Int, CaseIterable, Sendable {
        case token, scope, size, contentType, json, key
    }

    /// Each fault alone, and each together with every later one.
    static let combinations: [[Fault]] = Fault.allCases.flatMap { first in
        [[first], Fault.allCases.filter { $0.rawValue >= first.rawValue }]
    }

    @Test("of several faults the first in the order is answered", arguments: combinations)
    func firstFaultAnswers(faults: [Fault]) async throws {
        try await withServer { server, store in
            let token = faults.contains(.scope) ? store.token(.eventsRead) : store.token(.eventsWrite)
            var request = WireRequest.ingest(faults.contains(.token) ? nil : token, body: "[{}")
            request.target = "/v1/events/batch"
            if !faults.contains(.json) { request.body.append(UInt8(ascii: "]")) }
            if faults.contains(.size) {
                request.body += Array(repeating: UInt8(ascii: " "), count: Limits.batchBodyBytes)
            }
            if faults.contains(.key) { request.fields.append(("Idempotency-Key", "k")) }
            let type = faults.contains(.contentType) ? "text/csv" : "application/json"
            let response = try await server.exchange(request.adding("Content-Type", type).adding("X-Request-Id", "7"))
            switch faults[0] {
            case .token: #expect(response.status == 401)
            case .scope: #expect(response.status == 403)
            case .size: #expect(response.status == 413)
            case .contentType: #expect(response.status == 415)
            case .json: #expect(response.faultyFields == ["base"])
            case .key: #expect(response.faultyFields == ["idempotency_key"])
            }
            #expect(response["X-Request-Id"] == "7")
            #expect(store.with { $0.submissions } == 0)
        }
    }

    @Test(
        "8 MiB are taken and one byte more is not, however the end is told",
        arguments: [WireRequest.Framing.length, .chunked(bytes: 1_000_000)],
        [true, false]
    )
    func size(framing: WireRequest.Framing, onLines: Bool) async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            func request(_ byteCount: Int) -> WireRequest {
                let events = Array(repeating: BatchTransportTests.largeEvent, count: 32)
                var request = onLines ? WireRequest.batch(token, events) : .array(token, events)
                request.framing = framing
                request.body += Array(repeating: UInt8(ascii: " "), count: byteCount - request.body.count)
                return request
            }
            let connection = try await server.connect()
            let taken = try await connection.exchange(request(Limits.batchBodyBytes))
            #expect(taken.status == 200)
            #expect(taken.outcomes == (1...32).map { String($0, radix: 16) })
            let refused = try await connection.exchange(request(Limits.batchBodyBytes + 1))
            #expect(refused.status == 413)
            #expect(refused.errorCode == "payload_too_large")
            #expect(refused.text.contains("8388608"))
            #expect(store.with { $0.events.count } == 32)
        }
    }

    @Test("an event of a batch may be as large as one alone, and no larger")
    func eventSize() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let large = BatchTransportTests.largeEvent
            let filling = String(repeating: " ", count: Limits.requestBodyBytes - large.utf8.count)
            let response = try await server.exchange(.batch(token, [large + filling, large + filling + " ", large]))
            #expect(response.outcomes == ["1", "base", "2"])
        }
    }

    @Test("a body that is declared too large is refused before any of it is sent")
    func declaredTooLarge() async throws {
        try await withServer { server, store in
            var request = WireRequest.batch(store.token(.eventsWrite), [])
            request.body = Array(repeating: UInt8(ascii: " "), count: Limits.batchBodyBytes + 1)
            let connection = try await server.connect()
            try await connection.send(request.head)
            let response = try await connection.response()
            #expect(response.status == 413)
            #expect(response["Connection"] == "close")
            #expect(try await connection.rest().isEmpty)
        }
    }

    @Test("a client that sends all of a large body before it reads still gets the refusal")
    func refusedWhileSending() async throws {
        try await withServer { server, store in
            var request = WireRequest.batch(nil, [])
            request.body = Array(repeating: UInt8(ascii: " "), count: Limits.batchBodyBytes)
            let connection = try await server.connect()
            try await connection.send(request.bytes)
            #expect(try await connection.response().status == 401)
            #expect(store.with { $0.submissions } == 0)
        }
    }

    @Test("who expects to be told to go on is told, once the head is good")
    func continues() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite)
            let request = WireRequest.batch(token, [WireRequest.event("a")]).adding("Expect", "100-continue")
            let connection = try await server.connect()
            try await connection.send(request.head)
            #expect(try await connection.response().status == 100)
            try await connection.send(request.body)
            #expect(try await connection.response().outcomes == ["1"])
            #expect(try await connection.exchange(request).status == 100)
            #expect(try await connection.response().outcomes == ["2"])
        }
    }

    @Test("batches, events and reads share a connection, one at a time and in order")
    func pipelined() async throws {
        try await withServer { server, store in
            let token = store.token(.eventsWrite, .eventsRead)
            var chunked = WireRequest.array(token, [WireRequest.event("c"), WireRequest.event("d")])
            chunked.framing = .chunked(bytes: 7)
            let requests: [WireRequest] = [
                .batch(token, [WireRequest.event("a"), WireRequest.event("b")]), .ingest(token), chunked,
                .get("/v1/events", token), .batch(token, []), .batch(token, [WireRequest.event("e")]),
            ]
            let connection = try await server.connect()
            try await connection.send(
                requests.enumerated().flatMap { $1.adding("X-Request-Id", "\($0)").bytes }
            )
            var responses: [WireResponse] = []
            for _ in requests { responses.append(try await connection.response()) }
            #expect(responses.map { $0["X-Request-Id"] } == requests.indices.map { "\($0)" })
            #expect(responses.map(\.status) == [200, 200, 200, 200, 400, 200])
            #expect(responses[0].outcomes == ["1", "2"])
            #expect(responses[2].outcomes == ["4", "5"])
            #expect((responses[3].object?["data"] as? [Any])?.count == 5)
            #expect(responses[5].outcomes == ["6"])
        }
    }

    @Test("a batch is answered when the store has answered for all of it")
    func waits() async throws {
        try await withServer { server, store in
            store.with { $0.isHolding = true }
            let connection = try await server.connect()
            let batch = WireRequest.batch(store.token(.eventsWrite), [WireRequest.event("a"), WireRequest.event("b")])
            try await connection.send(batch.bytes + WireRequest.get("/healthz").bytes)
            await store.waitUntilHolding(1)
            #expect(try await server.exchange(.get("/healthz")).status == 200)
            store.release()
            #expect(try await connection.response().outcomes == ["1", "2"])
            #expect(try await connection.response().status == 200)
        }
    }

    /// A valid event that is slightly smaller than the limit for one event.
    private static let largeEvent =
        #"{"event_type":"a","email":"ada@example.com","event_data":{"x":""#
        + String(repeating: "x", count: Limits.requestBodyBytes - 200) + "\"}}"
}
