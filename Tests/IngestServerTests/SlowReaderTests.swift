import EventLedger
import EventModel
import Foundation
import NIOCore
import Testing

@testable import IngestServer

/// Clients that read their answers slowly, or not at all.
@Suite(.timeLimit(.minutes(2))) struct SlowReaderTests {
    /// Long enough for a busy machine to get a request sent.
    private static let short = TimeAmount.milliseconds(500)

    /// Runs a server whose feed is a page of more than the sockets between it and a client hold.
    private static func withLargeFeed(
        _ setup: ServerSetup = ServerSetup(),
        _ body: (ServerUnderTest, FakeEventStore, _ page: WireRequest) async throws -> Void
    ) async throws {
        try await withServer(setup) { server, store in
            let text = #"{"x":""# + String(repeating: "x", count: 250_000) + #""}"#
            let data = EventData(stored: Array(text.utf8))
            let type = try EventType("large")
            store.with { state in
                state.events = (1...48).map { sequence in
                    RecordedEvent(
                        id: EventID(rawValue: UInt128(sequence)),
                        sequence: sequence,
                        type: type,
                        contact: ContactID(rawValue: 1),
                        time: EventTime(Timestamp(millisecondsSinceEpoch: 0)),
                        receivedAt: Timestamp(millisecondsSinceEpoch: 0),
                        data: data
                    )
                }
            }
            try await body(server, store, .get("/v1/events", store.token(.eventsRead)))
        }
    }

    // MARK: What is not read

    @Test("a client that never reads is cut off, though its answer was handed on and it is asked for nothing")
    func neverReads() async throws {
        var limits = ConnectionLimits()
        limits.stall = SlowReaderTests.short
        limits.idle = SlowReaderTests.short
        try await SlowReaderTests.withLargeFeed(ServerSetup(limits: limits, connections: 1)) { server, _, page in
            let connection = try await server.connect()
            try await connection.send(page.bytes)
            // There is room for one connection: the next one is served when that one is gone.
            let next = try await server.connect()
            #expect(try await next.exchange(.get("/healthz")).status == 200)
            withExtendedLifetime(connection) {}
        }
    }
}
