import EventModel
import Testing

@testable import EventLedger

/// Events whose rows a damaged file has lost without any record of it.
@Suite("Lost events")
struct LostEventTests {
    @Test(
        "are not passed over by the feed, and erasing the first of them has it go on behind them",
        arguments: [[3], [2, 3, 4], [9, 10], [1], [5, 6, 7, 8, 9, 10]]
    )
    func feed(lost: [Int]) async throws {
        let folder = TemporaryFolder()
        let ids = try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            for number in 1...10 {
                _ = try await store.ingest(
                    try event(number.isMultiple(of: 2) ? "even" : "odd", key: "\(number)"),
                    into: account
                )
            }
            return try await store.events(in: account).events.map(\.id)
        }
        let list = lost.map { "\($0)" }.joined(separator: ", ")
        try folder.change(
            "DROP TRIGGER events_are_deleted_by_erasure_only; DELETE FROM events WHERE sequence IN (\(list))"
        )
        let first = ids[lost[0] - 1]
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            if lost[0] > 1 {
                let before = try await store.events(
                    in: account,
                    after: nil,
                    limit: 10,
                    matching: EventFilter()
                )
                #expect(before.events.map(\.id) == Array(ids[..<(lost[0] - 1)]))
                #expect(before.hasMore)
            }
            for filter in [EventFilter(), EventFilter(type: try EventType("none"))] {
                let start = lost[0] > 1 ? FeedCursor(after: ids[lost[0] - 2]) : nil
                let error = await #expect(throws: StoreError.self) {
                    try await store.events(in: account, after: start, limit: 10, matching: filter)
                }
                #expect(
                    error.map { "\($0)".contains("`store-admin event erase \(first)`") } == true,
                    "\(String(describing: error))"
                )
            }
            let outcome = try await store.perform(
                .eraseEvents(account: Account.defaultName, [ids[lost[lost.count - 1] - 1], first])
            )
            #expect(outcome == .eventsErased(count: lost.count))
            let rest = try await store.events(in: account)
            #expect(rest.events.map(\.id) == ids.enumerated().filter { !lost.contains($0.offset + 1) }.map(\.element))
            // Erasing them again, or erasing an event that never existed, changes nothing.
            #expect(
                try await store.perform(.eraseEvents(account: Account.defaultName, [first])) == .eventsErased(count: 0)
            )
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("are recorded as erased also where they were lost while the store was open, and those of any account")
    func lostMeanwhile() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let account = try await store.createAccount("shop")
            var ids: [EventID] = []
            for number in 1...6 {
                guard case .accepted(let response) = try await store.ingest(try event(key: "\(number)"), into: account)
                else {
                    Issue.record("event \(number) was not accepted")
                    return
                }
                ids.append(response.eventID)
            }
            try folder.change(
                "DROP TRIGGER events_are_deleted_by_erasure_only; DELETE FROM events WHERE sequence IN (3, 4, 6)"
            )
            let error = await #expect(throws: StoreError.self) {
                try await store.events(
                    in: account,
                    after: FeedCursor(after: ids[1]),
                    limit: 10,
                    matching: EventFilter()
                )
            }
            #expect(error.map { "\($0)".contains("event erase \(ids[2]) --account shop`") } == true)
            for (id, count) in [(ids[5], 1), (ids[2], 2)] {
                #expect(try await store.perform(.eraseEvents(account: "shop", [id])) == .eventsErased(count: count))
            }
            _ = try await store.ingest(try event(key: "next"), into: account)
            let page = try await store.events(in: account, after: nil, limit: 10, matching: EventFilter())
            #expect(page.events.map(\.sequence) == [1, 2, 5, 7])
            #expect(!page.hasMore)
        }
    }
}
