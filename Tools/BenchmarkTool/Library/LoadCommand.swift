import ArgumentParser
import EventLedger
import EventModel

/// Offers new events as fast as the store accepts them.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Offer new events to a store as fast as it takes them."
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var range: RangeOptions
    @OptionGroup var workload: WorkloadOptions

    @Option(help: ArgumentHelp("How many callers offer events at once.", valueName: "n"))
    var callers = 1_024

    @Option(help: ArgumentHelp("How many events each call offers; 1 offers them one by one.", valueName: "n"))
    var list = 1

    func run() async throws {
        let workload = try Workload(workload)
        let before = ProcessMemory.own
        let (store, account) = try await SQLiteEventStore.opened(store)
        let callers = Callers(store: store, account: account, workload: workload, expectation: .accepted)
        let clock = RateClock()
        Readings.announce("loading")
        if list > 1 {
            try await callers.offer(
                lists: self.callers,
                of: list,
                count: range.events,
                first: range.first,
                clock: clock
            )
        } else {
            let first = range.first
            try await callers.offer(callers: self.callers, count: range.events, clock: clock) { first + UInt64($0) }
        }
        clock.report()
        ProcessMemory.report(before: before)
        let closing = ContinuousClock.now
        await store.close()
        Readings.print("close_ms", (ContinuousClock.now - closing).seconds * 1_000)
    }
}
