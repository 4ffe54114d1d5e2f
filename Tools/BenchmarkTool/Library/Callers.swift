import EventLedger
import EventModel
import Synchronization

/// An outcome of an event that was not expected.
struct UnexpectedOutcome: Error, CustomStringConvertible {
    let description: String
}

/// Many callers of one store, each of which waits for its answer before its next call.
struct Callers: Sendable {
    /// The expected outcome of every event.
    enum Expectation: Sendable {
        case accepted
        case replayed
    }

    let store: SQLiteEventStore
    let account: Account.ID
    let workload: Workload
    let expectation: Expectation

    /// Offers events one at a time.
    ///
    /// - Parameters:
    ///   - callers: How many tasks do so at once.
    ///   - count: How many events there are.
    ///   - number: The number of the event to offer at each position.
    ///   - clock: Counts each event that is done.
    func offer(
        callers: Int,
        count: Int,
        clock: RateClock,
        number: @escaping @Sendable (Int) -> UInt64
    ) async throws {
        let next = Next(count)
        try await together(callers) {
            while let place = next.take() {
                try check(try await store.ingest(workload.event(number(place)), into: account))
                clock.finished()
            }
        }
    }

    /// Offers events in lists.
    func offer(lists callers: Int, of size: Int, count: Int, first: UInt64, clock: RateClock) async throws {
        let next = Next((count + size - 1) / size)
        try await together(callers) {
            while let place = next.take() {
                let range = place * size..<min((place + 1) * size, count)
                let events = range.map { workload.event(first + UInt64($0)) }
                for result in await store.ingest(events, into: account) { try check(try result.get()) }
                clock.finished(events.count)
            }
        }
    }

    private func check(_ outcome: IngestOutcome) throws {
        switch (expectation, outcome) {
        case (.accepted, .accepted), (.replayed, .replayed(_, payloadDiffers: false)): break
        default: throw UnexpectedOutcome(description: "an event was expected to be \(expectation), and was \(outcome)")
        }
    }

    private func together(_ callers: Int, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<callers { group.addTask { try await body() } }
            try await group.waitForAll()
        }
    }
}

/// Hands out positions, each once.
private final class Next: Sendable {
    private let next = Atomic<Int>(0)
    private let count: Int

    init(_ count: Int) { self.count = count }

    func take() -> Int? {
        let place = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return place < count ? place : nil
    }
}

extension SQLiteEventStore {
    /// Opens the store of the options and finds its account.
    static func opened(_ options: StoreOptions) async throws -> (SQLiteEventStore, Account.ID) {
        let store = try await open(at: options.store)
        guard let account = try await store.account(named: Account.defaultName) else {
            throw UnexpectedOutcome(description: "the store has no account named \(Account.defaultName)")
        }
        return (store, account.id)
    }
}
