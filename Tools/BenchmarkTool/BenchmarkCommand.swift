import ArgumentParser

/// The benchmark: what `Tools/benchmark` builds and runs.
///
/// `run` starts every measured program as a separate process: a subcommand of this program, a C program, a server or a
/// database. The other subcommands are what it starts. Each program prints lines that ``Readings`` understands.
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
