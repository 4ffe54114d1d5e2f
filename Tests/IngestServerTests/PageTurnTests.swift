import EventLedger
import EventModel
import HTTPTypes
import Hummingbird
import IngestAPI
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
                group.addTask { try await turns.take(for: Self.one) { _ = begin.yield(2) } }
                await expectWaiting(for: turns)
                begin.yield(1)
            }
            #expect(await numbers.next() == 1)
            #expect(await numbers.next() == 2)
            try await group.waitForAll()
        }
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await turns.take(for: Self.one) { throw Failure() } }
        #expect(try await turns.take(for: Self.one) { 3 } == 3)
    }

    private static let one = Account.ID(rawValue: 1)
    private static let other = Account.ID(rawValue: 2)

    @Test("an account waits for its own pages, not for all that another one has asked for")
    func accounts() async throws {
        let turns = PageTurns(count: 1)
        let (begun, begin) = AsyncStream.makeStream(of: String.self)
        try await withThrowingTaskGroup { group in
            try await occupying(turns) {
                let asked = [
                    ("a1", Self.one), ("a2", Self.one), ("a3", Self.one), ("b1", Self.other), ("b2", Self.other),
                ]
                for (index, (name, account)) in asked.enumerated() {
                    group.addTask { try await turns.take(for: account) { _ = begin.yield(name) } }
                    await expectWaiting(index + 1, for: turns)
                }
            }
            try await group.waitForAll()
        }
        begin.finish()
        var order: [String] = []
        for await name in begun { order.append(name) }
        #expect(order == ["a1", "b1", "a2", "b2", "a3"])
    }

    @Test("an account leaves others as many places to wait as it takes")
    func places() async throws {
        let turns = PageTurns(count: 1)
        try await withThrowingTaskGroup { group in
            try await occupying(turns) {
                for _ in 0..<(Limits.queuedReads / 2) {
                    group.addTask { try await turns.take(for: Self.one) {} }
                }
                await expectWaiting(Limits.queuedReads / 2, for: turns)
                await #expect(throws: APIError.overloaded) { try await turns.take(for: Self.one) {} }
                group.addTask { try await turns.take(for: Self.other) {} }
                await expectWaiting(Limits.queuedReads / 2 + 1, for: turns)
            }
            try await group.waitForAll()
        }
        #expect(turns.waitingCount == 0)
    }

    @Test("who waits is turned away when there are no turns any more, and so is who comes later")
    func closing() async throws {
        let turns = PageTurns(count: 1)
        try await withThrowingTaskGroup { group in
            try await occupying(turns) {
                group.addTask {
                    await #expect(throws: APIError.overloaded) { try await turns.take(for: Self.one) {} }
                }
                await expectWaiting(for: turns)
                turns.close()
                try await group.waitForAll()
            }
        }
        await #expect(throws: APIError.overloaded) { try await turns.take(for: Self.other) {} }
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
        try await turns.take(for: Self.one, body)
    }

    /// Gives other tasks the time to start waiting.
    private func expectWaiting(_ count: Int = 1, for turns: PageTurns) async {
        var attempts = 0
        while turns.waitingCount < count, attempts < 100_000 {
            attempts += 1
            await Task.yield()
        }
        #expect(turns.waitingCount == count, "it began before the one before it had ended")
    }
}
