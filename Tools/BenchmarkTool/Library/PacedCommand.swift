import ArgumentParser
import EventLedger
import EventModel

/// Offers new events at a steady rate, whether or not earlier ones were answered.
///
/// A call's duration counts from the moment at which it was due, so that a store that stalls is charged with all the
/// calls that it kept waiting.
struct PacedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "paced",
        abstract: "Offer new events at a steady rate and measure how long each takes."
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var range: RangeOptions
    @OptionGroup var workload: WorkloadOptions

    @Option(help: ArgumentHelp("How many events are offered a second.", valueName: "n"))
    var rate: Double

    func run() async throws {
        let workload = try Workload(workload)
        let (store, account) = try await SQLiteEventStore.opened(store)
        let latencies = LatencyRecorder(expected: range.events)
        let start = ContinuousClock.now
        await withDiscardingTaskGroup { group in
            var offered = 0
            while offered < range.events {
                let due = min(range.events, Int((ContinuousClock.now - start).seconds * rate) + 1)
                for place in offered..<due {
                    group.addTask {
                        let moment = start + .seconds(Double(place) / rate)
                        do {
                            _ = try await store.ingest(workload.event(range.first + UInt64(place)), into: account)
                            latencies.record(ContinuousClock.now - moment)
                        } catch {
                            latencies.recordFailure(ContinuousClock.now - moment)
                        }
                    }
                }
                offered = due
                // Nothing cancels this; a sleep that ended early would only mean fewer events at a time.
                try? await Task.sleep(for: .microseconds(500))
            }
        }
        let whole = ContinuousClock.now - start
        latencies.report()
        Readings.print("total", Double(range.events) / whole.seconds)
        await store.close()
    }
}
