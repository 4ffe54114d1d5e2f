import EventLedger
import EventModel
import HTTPTypes
import Hummingbird
import Logging
import NIOEmbedded
import Testing

@testable import IngestServer

/// How answers to reads are prepared from the store, a few at a time.
@Suite struct PageTurnTests {
    @Test("pages are made in turns, in the order in which they were asked for")
    func order() async throws {
        let turns = PageTurns(count: 1)
        let (begun, begin) = AsyncStream.makeStream(of: Int.self)
        var numbers = begun.makeAsyncIterator()
        try await withThrowingTaskGroup { group in
            try await occupying(turns) {
                group.addTask { try await turns.take { _ = begin.yield(2) } }
                await expectWaiting(for: turns)
                begin.yield(1)
            }
            #expect(await numbers.next() == 1)
            #expect(await numbers.next() == 2)
            try await group.waitForAll()
        }
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await turns.take { throw Failure() } }
        #expect(try await turns.take { 3 } == 3)
    }

    @Test(
        "every route that reads the store waits for its turn",
        arguments: [
            "/v1/events", "/v1/events/000000000000000000000001", "/v1/contacts", "/v1/contacts?email=ada@example.com",
            "/v1/contacts/cus_0000000000000001",
        ]
    )
    func routes(path: String) async throws {
        let store = FakeEventStore()
        let token = store.token(.eventsRead, .contactsRead)
        let turns = PageTurns(count: 1)
        let router = PublicRouter.make(
            over: store,
            authorization: RequestAuthorization(store: store, issuer: nil),
            ServerFigures(store: store, connections: ConnectionRegistry()),
            turns: turns
        )
        let responder = router.buildResponder()
        try await withThrowingTaskGroup { group in
            try await occupying(turns) {
                group.addTask {
                    let head = HTTPRequest(
                        method: .get,
                        scheme: "http",
                        authority: "localhost",
                        path: path,
                        headerFields: [.authorization: "Bearer \(token.text)"]
                    )
                    let source = ApplicationRequestContextSource(
                        channel: NIOAsyncTestingChannel(),
                        logger: Logger(label: "test")
                    )
                    let response = try await responder.respond(
                        to: Request(head: head, body: RequestBody(buffer: .init())),
                        context: PublicContext(source: source)
                    )
                    #expect(response.status == .ok || response.status == .notFound)
                }
                await expectWaiting(for: turns)
            }
            try await group.waitForAll()
        }
    }

    /// Holds the only turn while `body` runs.
    private func occupying(_ turns: PageTurns, _ body: () async throws -> Void) async throws {
        try await turns.take(body)
        #expect(turns.waitingCount == 0)
    }

    /// Gives another task the time to start waiting.
    private func expectWaiting(for turns: PageTurns) async {
        var attempts = 0
        while turns.waitingCount == 0, attempts < 100_000 {
            attempts += 1
            await Task.yield()
        }
        #expect(turns.waitingCount == 1, "it began before the one before it had ended")
    }
}
