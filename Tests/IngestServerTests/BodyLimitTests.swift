import EventLedger
import EventModel
import Testing

@testable import IngestServer

/// Both sides of the body limit, however the body's end is marked, and what happens to a request that is refused early.
@Suite(.timeLimit(.minutes(1))) struct BodyLimitTests {
    static let framings: [WireRequest.Framing] = [.length, .chunked(bytes: 262_144), .chunked(bytes: 1_000)]

    @Test("a body of 262,144 bytes is taken", arguments: framings)
    func largestBody(framing: WireRequest.Framing) async throws {
        try await withServer { server, store in
            var request = BodyLimitTests.request(bytes: Limits.requestBodyBytes, store)
            request.framing = framing
            let connection = try await server.connect()
            #expect(try await connection.exchange(request).status == 200)
            #expect(try await connection.exchange(request).status == 200)
        }
    }

    @Test("a body of one byte more is refused, and the answer arrives", arguments: framings)
    func tooLargeBody(framing: WireRequest.Framing) async throws {
        try await withServer { server, store in
            var request = BodyLimitTests.request(bytes: Limits.requestBodyBytes + 1, store)
            request.framing = framing
            let connection = try await server.connect()
            let response = try await connection.exchange(request)
            #expect(response.status == 413)
            #expect(response.errorCode == "payload_too_large")
            if response["Connection"] == "close" {
                #expect(try await connection.rest().isEmpty)
            } else {
                // The end of a chunked body may have arrived meanwhile; then the connection stays open.
                #expect(try await connection.exchange(.get("/healthz")).status == 200)
            }
            #expect(store.with { $0.submissions } == 0)
        }
    }

    @Test("bodies that come in at once share a budget, which is given back with the answer and with the connection")
    func receiveBudget() async throws {
        var setup = ServerSetup()
        setup.limits.receivedBytes = 2 * Limits.requestBodyBytes + 20_000
        try await withServer(setup) { server, store in
            let request = BodyLimitTests.request(bytes: Limits.requestBodyBytes, store)
            let slow = try await server.connect()
            // A part of the body in two pieces; for the second one 14,000 bytes are reserved.
            try await slow.send(request.head)
            try await slow.send(request.framedBody.prefix(1_000))
            #expect(try await server.exchange(request).status == 200)
            try await slow.send(request.framedBody[1_000..<7_000])
            while try await server.exchange(request).status == 200, !Task.isCancelled {}
            let refused = try await server.exchange(request)
            #expect(refused.status == 503)
            #expect(refused.errorCode == "overloaded")
            #expect(refused["Retry-After"] == "1")
            // For the clients of another account there is room.
            let other = BodyLimitTests.request(bytes: Limits.requestBodyBytes, store, account: Account.ID(rawValue: 2))
            #expect(try await server.exchange(other).status == 200)
            slow.finishSending()
            while try await server.exchange(request).status != 200, !Task.isCancelled {}
        }
    }

    @Test("bodies of contacts share that budget")
    func contactBudget() async throws {
        var setup = ServerSetup()
        setup.limits.receivedBytes = 90_000
        try await withServer(setup) { server, store in
            let json = #"{"email":"ada@example.com"}"# + String(repeating: " ", count: 40_000)
            let request = WireRequest.json("POST", "/v1/contacts", store.token(.contactsWrite), json)
            let isTaken = { try await server.exchange(request).status != 503 }
            #expect(try await isTaken())
            let slow = try await server.connect()
            try await slow.send(request.head)
            try await slow.send(request.framedBody.prefix(30_000))
            while try await isTaken(), !Task.isCancelled {}
            #expect(try await server.exchange(request).errorCode == "overloaded")
            slow.finishSending()
            while try await !isTaken(), !Task.isCancelled {}
        }
    }

    @Test("a body that is declared too large is refused before any of it is sent")
    func declaredTooLarge() async throws {
        try await withServer { server, store in
            let connection = try await server.connect()
            try await connection.send(BodyLimitTests.request(bytes: Limits.requestBodyBytes + 1, store).head)
            let response = try await connection.response()
            #expect(response.status == 413)
            #expect(response["Connection"] == "close")
            #expect(try await connection.rest().isEmpty)
        }
    }

    @Test("a chunked body is refused as soon as it is too large, though it never ends")
    func endlessChunks() async throws {
        try await withServer { server, store in
            var request = BodyLimitTests.request(bytes: Limits.requestBodyBytes + 1, store)
            request.framing = .chunked(bytes: 50_000)
            let connection = try await server.connect()
            try await connection.send(request.head)
            // All but the last chunk, which would end the body.
            try await connection.send(request.framedBody.dropLast(5))
            let response = try await connection.response()
            #expect(response.status == 413)
            #expect(try await connection.rest().isEmpty)
        }
    }

    @Test("without a good token nothing of the body is waited for, and the connection ends in order")
    func refusedBeforeTheBody() async throws {
        try await withServer { server, store in
            var request = WireRequest.ingest(nil)
            request.body = Array(repeating: UInt8(ascii: " "), count: 200_000)
            let connection = try await server.connect()
            try await connection.send(request.head)
            let response = try await connection.response()
            #expect(response.status == 401)
            #expect(response["Connection"] == "close")
            // A body that is sent nevertheless is read and dropped: a reset would make this throw.
            try await connection.send(request.body)
            connection.finishSending()
            #expect(try await connection.rest().isEmpty)
            #expect(store.with { $0.submissions } == 0)
        }
    }

    @Test("a refused request whose body has arrived leaves the connection open")
    func refusedWithTheWholeBody() async throws {
        try await withServer { server, store in
            let connection = try await server.connect()
            let refused = try await connection.exchange(.ingest(nil))
            #expect(refused.status == 401)
            if refused["Connection"] == nil {
                #expect(try await connection.exchange(.ingest(store.token(.eventsWrite))).status == 200)
            } else {
                // Head and body may arrive separately, and then the connection ends normally.
                #expect(try await connection.rest().isEmpty)
            }
        }
    }

    @Test("a body in many small pieces is put together", arguments: [1, 7, 4_096])
    func pieces(size: Int) async throws {
        try await withServer { server, store in
            let data = #"{"a":"ä","n":1e400,"x":[1.0, 2]}"#
            let body = #"{"event_type":"signup","phone":"+4912345","event_data":"# + data + "}"
            let request = WireRequest.ingest(store.token(.eventsWrite), body: body)
            let connection = try await server.connect()
            let bytes = request.bytes
            for start in stride(from: 0, to: bytes.count, by: size) {
                try await connection.send(bytes[start..<min(start + size, bytes.count)])
            }
            #expect(try await connection.response().status == 200)
            #expect(store.with { $0.events.first?.data?.description } == data)
        }
    }

    @Test("a missing body is no JSON", arguments: [WireRequest.Framing.length, .chunked(bytes: 10), .none])
    func noBody(framing: WireRequest.Framing) async throws {
        try await withServer { server, store in
            var request = WireRequest.ingest(store.token(.eventsWrite), body: "")
            request.framing = framing
            let response = try await server.exchange(request)
            #expect(response.status == 400)
            #expect(response.faultyFields == ["base"])
        }
    }

    // MARK: Expect: 100-continue

    @Test("who expects to be told to go on is told, once the head is good")
    func continues() async throws {
        try await withServer { server, store in
            let request = WireRequest.ingest(store.token(.eventsWrite)).adding("Expect", "100-Continue")
            let connection = try await server.connect()
            try await connection.send(request.head)
            #expect(try await connection.response().status == 100)
            try await connection.send(request.body)
            #expect(try await connection.response().status == 200)
            // The connection goes on serving.
            #expect(try await connection.exchange(.ingest(store.token(.eventsWrite))).status == 200)
        }
    }

    @Test(
        "who expects to be told to go on is told what is wrong with the head instead",
        arguments: [CheckOrderTests.Fault.token, .scope, .size, .contentType]
    )
    func doesNotContinue(fault: CheckOrderTests.Fault) async throws {
        try await withServer { server, store in
            let token = fault == .scope ? store.token(.eventsRead) : store.token(.eventsWrite)
            var request = WireRequest.ingest(fault == .token ? nil : token).adding("Expect", "100-continue")
            if fault == .size { request.body = Array(repeating: 32, count: Limits.requestBodyBytes + 1) }
            if fault == .contentType { request.fields.append(("Content-Type", "text/plain")) }
            let connection = try await server.connect()
            try await connection.send(request.head)
            let response = try await connection.response()
            #expect([401, 403, 413, 415].contains(response.status))
            #expect(response["Connection"] == "close")
            #expect(try await connection.rest().isEmpty)
        }
    }

    /// An ingest with a body of a given number of bytes, most of them in `event_data`.
    private static func request(
        bytes: Int,
        _ store: FakeEventStore,
        account: Account.ID = FakeEventStore.account
    ) -> WireRequest {
        let front = #"{"event_type":"signup","email":"ada@example.com","event_data":{"x":""#
        let back = "\"}}"
        let filling = String(repeating: "x", count: bytes - front.utf8.count - back.utf8.count)
        return WireRequest.ingest(store.token(.eventsWrite, account: account), body: front + filling + back)
    }
}
