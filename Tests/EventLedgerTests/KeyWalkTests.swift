import EventModel
import Testing

@testable import EventLedger

/// The keys of events, found by walking along the ledger.
@Suite struct KeyWalkTests {
    @Test("each event's key is found beside it, whatever other accounts do meanwhile")
    func everyKey() async throws {
        try await withStore { store in
            _ = try await store.perform(.createAccount(name: "other", isStrict: false))
            let account = try await store.defaultAccount
            let other = try #require(try await store.account(named: "other")).id
            for number in 1...60 {
                let key = number.isMultiple(of: 3) ? nil : "k\(number)"
                _ = try await store.ingest(try event(key: key), into: account)
                _ = try await store.ingest(try event(key: "o\(number)"), into: other)
            }
            var entry: Int64 = 0
            var found: [Int64: String] = [:]
            for events in [1...7 as ClosedRange<Int64>, 8...8, 9...9, 10...50, 51...60] {
                let page = try await store.keys(in: account, of: events, after: entry)
                #expect(page.keys.allSatisfy { events.contains($0.event) })
                #expect(page.keys.map(\.event) == page.keys.map(\.event).sorted())
                #expect(page.lastEntry >= entry)
                #expect(!page.hasMore)
                entry = page.lastEntry
                for key in page.keys { found[key.event] = key.key.description }
            }
            let wanted = (1...60 as ClosedRange<Int64>).filter { !$0.isMultiple(of: 3) }
            #expect(found == Dictionary(uniqueKeysWithValues: wanted.map { ($0, "k\($0)") }))
        }
    }

    @Test("events in the middle are found from the start, and a walk that has ended finds nothing more")
    func anywhere() async throws {
        try await withStore { store in
            let account = try await store.defaultAccount
            for number in 1...20 { _ = try await store.ingest(try event(key: "k\(number)"), into: account) }
            let middle = try await store.keys(in: account, of: 10...12, after: 0)
            #expect(middle.keys.map(\.key.description) == ["k10", "k11", "k12"])
            let rest = try await store.keys(in: account, of: 13...99, after: middle.lastEntry)
            #expect(rest.keys.map(\.event) == Array(13...20))
            #expect(try await store.keys(in: account, of: 1...99, after: rest.lastEntry).keys.isEmpty)
        }
    }
}
