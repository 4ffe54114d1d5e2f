import ArgumentParser
import EventLedger

/// Opens a store and measures how long that takes.
struct OpenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Open a store and measure how long it takes until it can be used."
    )

    @OptionGroup var store: StoreOptions

    func run() async throws {
        let before = ProcessMemory.own
        let start = ContinuousClock.now
        let store = try await SQLiteEventStore.open(at: store.store)
        Readings.print("open_ms", (ContinuousClock.now - start).seconds * 1_000)
        ProcessMemory.report(before: before)
        await store.close()
    }
}
