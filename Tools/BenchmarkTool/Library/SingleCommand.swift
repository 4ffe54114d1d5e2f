import ArgumentParser
import EventLedger
import EventModel

/// Offers one event at a time to a store that does nothing else.
struct SingleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "single",
        abstract: "Offer one event after the other and measure how long each takes."
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var range: RangeOptions
    @OptionGroup var workload: WorkloadOptions

    func run() async throws {
        let workload = try Workload(workload)
        let (store, account) = try await SQLiteEventStore.opened(store)
        var latencies: [Int] = []
        for number in range.first..<range.first + UInt64(range.events) {
            let event = workload.event(number)
            let start = ContinuousClock.now
            _ = try await store.ingest(event, into: account)
            latencies.append((ContinuousClock.now - start).microseconds)
        }
        LatencyRecorder.report(latencies)
        await store.close()
    }
}
