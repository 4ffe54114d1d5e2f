import ArgumentParser

/// The benchmark: what `Tools/benchmark` builds and runs.
///
/// `run` starts every measured program as a process of its own, be it one of the subcommands here, a C program, a server
/// or a database; the others are what it starts. Each of them prints lines that ``Readings`` understands.
@main
struct BenchmarkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark",
        abstract: "Measures the event store beside its peers.",
        subcommands: [
            RunCommand.self, LoadCommand.self, PacedCommand.self, SingleCommand.self, OpenCommand.self,
            ReplayCommand.self,
            FeedCommand.self, HTTPLoadCommand.self, NIOPeerCommand.self, GrantCommand.self, GuardCommand.self,
            LimitCommand.self,
        ],
        defaultSubcommand: RunCommand.self
    )
}
