import ArgumentParser
import EventLedger
import EventModel

/// Reads an account's feed from its start to its end.
struct FeedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feed",
        abstract: "Read a store's feed, a page at a time."
    )

    @OptionGroup var store: StoreOptions

    func run() async throws {
        let (store, account) = try await SQLiteEventStore.opened(store)
        var cursor: FeedCursor?
        var rows = 0
        var bytes = 0
        let start = ContinuousClock.now
        while true {
            let page = try await store.events(in: account, after: cursor, limit: Limits.pageRows)
            rows += page.events.count
            for event in page.events { bytes += event.data?.utf8.count ?? 0 }
            cursor = page.nextCursor
            if !page.hasMore { break }
        }
        let seconds = (ContinuousClock.now - start).seconds
        Readings.print("rows", Double(rows))
        Readings.print("bytes", Double(bytes))
        Readings.print("total", Double(rows) / seconds)
        await store.close()
    }
}
