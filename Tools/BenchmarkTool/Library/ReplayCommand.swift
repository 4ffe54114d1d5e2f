import ArgumentParser
import EventLedger
import EventModel

/// Offers stored keys again.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Offer the keys that a store holds again, in random order."
    )

    @OptionGroup var store: StoreOptions
    @OptionGroup var range: RangeOptions
    @OptionGroup var workload: WorkloadOptions

    @Option(help: ArgumentHelp("How many callers offer events at once.", valueName: "n"))
    var callers = 1_024

    func run() async throws {
        guard range.events <= Int(UInt32.max) else { throw ValidationError("--events must be at most \(UInt32.max).") }
        var generator = SystemRandomNumberGenerator()
        let order = (0..<UInt32(range.events)).shuffled(using: &generator)
        let workload = try Workload(workload)
        let before = ProcessMemory.own
        let (store, account) = try await SQLiteEventStore.opened(store)
        let callers = Callers(store: store, account: account, workload: workload, expectation: .replayed)
        let clock = RateClock()
        let first = range.first
        try await callers.offer(callers: self.callers, count: range.events, clock: clock) { first + UInt64(order[$0]) }
        clock.report()
        ProcessMemory.report(before: before)
        await store.close()
    }
}
