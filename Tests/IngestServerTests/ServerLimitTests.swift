import EventLedger
import EventModel
import IngestAPI
import NIOCore
import Testing

@testable import IngestServer

/// Resources that clients could take away from everybody by requesting them.
@Suite struct ServerLimitTests {
    @Test("a body takes what came in from the budget, and not what it was declared to be")
    func declaredLength() {
        let budget = MemoryBudget(bytes: 1_000)
        var body = ReceivedBody(budget: budget, reservesAll: false)
        for _ in 0..<4 {
            let refusal = body.take(
                ByteBuffer(repeating: 0x20, count: 100),
                limitBytes: Limits.batchBodyBytes,
                declaredBytes: Limits.batchBodyBytes
            )
            #expect(refusal == nil)
        }
        let refusal = body.take(
            ByteBuffer(repeating: 0x20, count: 700),
            limitBytes: Limits.batchBodyBytes,
            declaredBytes: Limits.batchBodyBytes
        )
        #expect(refusal?.status == 503)
        body.drop()
        #expect(budget.take(1_000))
    }

    @Test("an account gets half of a budget at most, and leaves the clients of others room")
    func shares() {
        let (one, other) = (Account.ID(rawValue: 1), Account.ID(rawValue: 2))
        let budget = MemoryBudget(bytes: 1_000)
        #expect(budget.take(400, for: one))
        #expect(!budget.take(101, for: one))
        #expect(budget.take(100, for: one))
        #expect(budget.take(250, for: other))
        #expect(!budget.take(1, for: other))
        #expect(!budget.take(251))
        #expect(budget.take(250))
        budget.giveBack(500, of: one)
        #expect(!budget.take(251, for: one))
        #expect(budget.take(250, for: one))
        budget.giveBack(250, of: other)
        budget.giveBack(250)
        budget.giveBack(250, of: one)
        #expect(budget.take(500, for: other))
        #expect(budget.take(250, for: one))
    }

    @Test("a body that is inflated takes what inflates it from the budget as well")
    func inflater() {
        let budget = MemoryBudget(bytes: Limits.inflaterBytes + 100)
        var first = ReceivedBody(budget: budget, reservesAll: false)
        #expect(throws: Never.self) { try first.beginInflating() }
        var second = ReceivedBody(budget: budget, reservesAll: false)
        #expect(throws: APIError.self) { try second.beginInflating() }
        first.drop()
        #expect(throws: Never.self) { try second.beginInflating() }
        second.drop()
    }

    @Test(
        "a batch keeps what it took from the budget until there is an answer, also where its client has left",
        arguments: [true, false]
    )
    func batch(isCompressed: Bool) async throws {
        let budget = MemoryBudget(bytes: 1_000_000)
        let store = FakeEventStore()
        store.with { $0.isHolding = true }
        // The key of an event that breaks a rule has to be looked up first.
        let lines = WireRequest.goodBody + "\n" + #"{"idempotency_key":"k"}"#
        let bytes = isCompressed ? try CompressedBodyTests.gzip(Array(lines.utf8)) : Array(lines.utf8)
        var body = ReceivedBody(budget: budget, reservesAll: true)
        #expect(body.take(ByteBuffer(bytes: bytes), limitBytes: Limits.batchBodyBytes, declaredBytes: nil) == nil)
        let received = body.takeBytes()
        let (answers, answer) = AsyncStream.makeStream(of: Int.self)
        let batches = BatchIngest(store: store)
        if isCompressed {
            batches.run(
                compressed: received,
                holding: body.takeReservation(),
                within: budget,
                as: .lines,
                key: .absent,
                into: FakeEventStore.account
            ) { answer.yield($0().status) }
        } else {
            batches.run(received, holding: body.takeReservation(), as: .lines, into: FakeEventStore.account) {
                answer.yield($0().status)
            }
        }
        body.drop()
        await store.waitUntilHolding(1)
        #expect(!budget.take(1_000_000))
        store.release()
        for await status in answers {
            #expect(status == 200)
            break
        }
    }

    @Test(
        "there are no more connections than the limit of open files leaves",
        arguments: [
            (1_048_576, 2, 10_000), (10_070, 2, 10_000), (1_030, 2, 960), (134, 2, 64), (70, 2, 32), (39, 2, 1),
            (38, 2, nil), (0, 1, nil), (1_024, 400, nil), (2_048, 400, 784),
        ] as [(UInt64, Int, Int?)]
    )
    func openFiles(limit: UInt64, threads: Int, connections: Int?) {
        #expect(OpenFileLimit.connections(wanted: 10_000, threads: threads, openFiles: limit) == connections)
    }
}
