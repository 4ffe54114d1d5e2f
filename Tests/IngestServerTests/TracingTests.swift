import EventLedger
import EventModel
import InMemoryTracing
import TestSupport
import Testing
import Tracing

@testable import IngestServer

/// The traces that requests belong to.
@Suite struct TracingTests {
    private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parent = "00-\(traceID)-00f067aa0ba902b7-01"

    @Test("a request keeps its trace, and its answer names a span of its own")
    func kept() async throws {
        let setup = ServerSetup(tracing: RequestTracing(TraceContextTracer()), logsAccess: true)
        try await withServer(setup) { server, store in
            let token = store.token(.eventsWrite, .eventsRead)
            let connection = try await server.connect()
            var spans: Set<String> = []
            for request in [
                WireRequest.ingest(token), .ingest(token), .get("/v1/events", token), .ingest(token, body: "{"),
            ] {
                let traced = request.adding("traceparent", TracingTests.parent).adding("tracestate", "a=1,b=2")
                let response = try await connection.exchange(traced)
                let answered = try #require(response["traceparent"].flatMap { TraceContext($0) })
                #expect(answered.traceID == TracingTests.traceID)
                #expect(answered.flags == 1)
                #expect(response["tracestate"] == "a=1,b=2")
                spans.insert(answered.spanID)
            }
            #expect(spans.count == 4 && !spans.contains("00f067aa0ba902b7"))
            #expect(try await connection.exchange(.ingest(token))["traceparent"] == nil)
            await server.beginShutdown()
            try await server.waitUntilStopped()
            let lines = server.log.lines.filter { $0.contains("trace-id=\(TracingTests.traceID)") }
            #expect(lines.filter { $0.hasPrefix("debug request answered") }.count == 4)
            #expect(lines.filter { $0.hasPrefix("info request") }.count == 4)
        }
    }

    @Test(
        "what is no trace is no trace",
        arguments: [
            "", "00", "00-\(traceID)-00f067aa0ba902b7", "00-\(traceID)-00f067aa0ba902b7-01-",
            "01-\(traceID)-00f067aa0ba902b7-01x",
            "ff-\(traceID)-00f067aa0ba902b7-01", "00-\(traceID.uppercased())-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-\(traceID)-0000000000000000-01",
            "00-\(traceID)-00f067aa0ba902b7-0g", "00_\(traceID)_00f067aa0ba902b7_01",
            "0x-\(traceID)-00f067aa0ba902b7-01",
        ]
    )
    func invalid(text: String) async throws {
        #expect(TraceContext(text) == nil)
        try await withServer(ServerSetup(tracing: RequestTracing(TraceContextTracer()))) { server, store in
            let response = try await server.exchange(.ingest(store.token(.eventsWrite)).adding("traceparent", text))
            #expect(response.status == 200)
            #expect(response["traceparent"] == nil)
        }
    }

    @Test("two of them are none, a later version is read as far as it is known, and unknown flags are not passed on")
    func versions() async throws {
        try await withServer(ServerSetup(tracing: RequestTracing(TraceContextTracer()))) { server, _ in
            let twice = WireRequest.get("/healthz").adding("traceparent", TracingTests.parent)
                .adding("traceparent", TracingTests.parent)
            #expect(try await server.exchange(twice)["traceparent"] == nil)
            let later = "cc-\(TracingTests.traceID)-00f067aa0ba902b7-fb-what-comes"
            let response = try await server.exchange(.get("/healthz").adding("traceparent", later))
            #expect(response["traceparent"]?.hasPrefix("00-\(TracingTests.traceID)-") == true)
            #expect(response["traceparent"]?.hasSuffix("-03") == true)
        }
    }

    @Test("a state that is too long is left out, and the trace is kept")
    func longState() {
        let longest = String(repeating: "a", count: Limits.traceStateBytes)
        #expect(TraceContext(TracingTests.parent, state: longest)?.state == longest)
        #expect(TraceContext(TracingTests.parent, state: longest + "a") != nil)
        #expect(TraceContext(TracingTests.parent, state: longest + "a")?.state == nil)
    }

    @Test("of damaged values none is read that is not valid", arguments: SeededGenerator.seeds(4))
    func damaged(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            var bytes = Array(TracingTests.parent.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = Array("0123456789abcdefABCDEFg-_ ".utf8).randomElement(using: &generator) ?? 0
                case 1: bytes.remove(at: index)
                default: bytes.insert(UInt8(ascii: "0"), at: index)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let context = TraceContext(text) else { continue }
            #expect(context.text.wholeMatch(of: /00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]/) != nil, "\(text)")
            #expect(text.hasPrefix("00") ? bytes.count == 55 : bytes.count >= 55, "\(text)")
        }
    }

    @Test("another tracer makes a span of every request, with its route and its status, and ends it")
    func otherTracer() async throws {
        let tracer = InMemoryTracer()
        try await withServer(ServerSetup(tracing: RequestTracing(tracer))) { server, store in
            let token = store.token(.eventsWrite)
            _ = try await server.exchange(.ingest(token))
            _ = try await server.exchange(.get("/v1/contacts/cus_0123456789abcdef", token))
            _ = try await server.exchange(.get("/healthz").adding("Host", "twice"))
            await server.beginShutdown()
            try await server.waitUntilStopped()
            let spans = tracer.finishedSpans
            #expect(
                spans.map(\.operationName) == ["POST /v1/events", "GET /v1/contacts/{id}", "GET /healthz"]
            )
            #expect(spans.allSatisfy { $0.kind == .server })
            let statuses = spans.map { $0.attributes.get("http.response.status_code") }
            #expect(statuses == [.int64(200), .int64(403), .int64(400)])
            #expect(tracer.activeSpans.isEmpty)
        }
    }
}
