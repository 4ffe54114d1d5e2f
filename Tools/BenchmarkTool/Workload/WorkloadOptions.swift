import ArgumentParser
import EventModel

/// What the events look like; the same for every program that is measured.
struct WorkloadOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many contacts the events are about, chosen at random.", valueName: "n"))
    var contacts = 100_000

    @Option(help: ArgumentHelp("How many bytes of data each event has.", valueName: "n"))
    var dataBytes = 170

    @Option(help: ArgumentHelp("What the keys are computed from.", valueName: "n"))
    var seed: UInt64 = 1

    func validate() throws {
        guard (1...EventTemplate.contacts).contains(contacts) else {
            throw ValidationError("--contacts must be 1 to \(EventTemplate.contacts).")
        }
        guard (EventTemplate.leastDataBytes...65_536).contains(dataBytes) else {
            throw ValidationError("--data-bytes must be \(EventTemplate.leastDataBytes) to 65536.")
        }
    }

    /// What all events have in common.
    var template: EventTemplate { EventTemplate(seed: seed, contacts: contacts) }

    /// The options, as a subcommand takes them.
    var arguments: [String] {
        ["--contacts", "\(contacts)", "--data-bytes", "\(dataBytes)", "--seed", "\(seed)"]
    }
}

/// Which store a subcommand works on.
struct StoreOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The store's file.", valueName: "path"))
    var store: String
}

/// Which events of the endless workload a subcommand works with.
struct RangeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The number of the first event.", valueName: "n"))
    var first: UInt64 = 0

    @Option(help: ArgumentHelp("How many events.", valueName: "n"))
    var events: Int

    func validate() throws {
        guard events >= 1 else { throw ValidationError("--events must be at least 1.") }
    }
}
