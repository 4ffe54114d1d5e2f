import ArgumentParser
import Foundation

/// Measures everything and prints a table.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Measure the store and its peers, and print each figure beside its peer's.",
        discussion: """
            Every figure is the median of its runs, and stands beside the figure that its peer reached in the same run: \
            a busy machine slows both, so what counts is the ratio. Goals are meant for 10 million keys on a machine that \
            does nothing else; nothing fails where one is missed.

            FIGURES (for --only)
            \(FigureGroup.allCases.map { "  \($0.rawValue.padded(to: 14))\($0.summary)" }.joined(separator: "\n"))

            EXAMPLES
              Tools/benchmark --quick
              Tools/benchmark --keys 10000000 --json figures.json
              Tools/benchmark --only callers,feed --repeats 1
            """
    )

    @Option(help: ArgumentHelp("How many keys each store and each peer takes in.", valueName: "n"))
    var keys: Int?

    @OptionGroup var workload: WorkloadOptions

    @Option(help: ArgumentHelp("How many connections the HTTP load has.", valueName: "n"))
    var connections = 64

    @Option(help: ArgumentHelp("How long each HTTP load lasts (default: 10).", valueName: "seconds"))
    var duration: Double?

    @Option(help: ArgumentHelp("How often everything is measured; the median counts (default: 3).", valueName: "n"))
    var repeats: Int?

    @Option(help: ArgumentHelp("Which figures, separated by commas; all of them if not given.", valueName: "names"))
    var only: String?

    @Flag(help: "A few seconds of everything, to see that it works: 10,000 keys, one run.")
    var quick = false

    @Flag(help: "20 million keys.")
    var long = false

    @Flag(
        help:
            "Also PostgreSQL and Redis, doing the same transaction; they are installed with apt where they are missing."
    )
    var peers = false

    @Option(help: ArgumentHelp("Where to write the figures as JSON.", valueName: "file"))
    var json: String?

    @Option(
        help: ArgumentHelp(
            "Where the stores are made; /var/tmp if not given. Choose a disk that counts.",
            valueName: "path"
        )
    )
    var directory: String?

    @Option(help: ArgumentHelp("The folder that the script has made in it, with the peers.", visibility: .private))
    var workFolder: String

    func validate() throws {
        guard (1...100).contains(repeats ?? 3) else { throw ValidationError("--repeats must be 1 to 100.") }
        guard (0.1...3_600).contains(duration ?? 10) else { throw ValidationError("--duration must be 0.1 to 3600.") }
        guard (1...1_024).contains(connections) else { throw ValidationError("--connections must be 1 to 1024.") }
        guard (1_000...1_000_000_000).contains(keys ?? 1_000) else {
            throw ValidationError("--keys must be 1000 to 1000000000.")
        }
        guard [keys != nil, quick, long].filter({ $0 }).count <= 1 else {
            throw ValidationError("--keys, --quick and --long exclude each other.")
        }
        _ = try groups()
    }

    func run() throws {
        let settings = RunSettings(
            keys: keys ?? (long ? 20_000_000 : quick ? 10_000 : 1_000_000),
            workload: workload,
            connections: connections,
            durationSeconds: duration ?? (quick ? 0.5 : 10),
            repeats: repeats ?? (quick ? 1 : 3),
            isQuick: quick
        )
        let folder = WorkFolder(path: workFolder)
        let programs = try Programs(folder)
        let run = BenchmarkRun(settings: settings, programs: programs, folder: folder)
        var figures: [Figure] = []
        for group in try groups() { figures += try run.measure(group) }
        print(Table(figures).text)
        for remark in run.remarks { print("\n\(remark)") }
        if let json { try Report(settings, figures, remarks: run.remarks).write(to: json) }
    }

    /// The figures that were asked for, in the order in which they are measured.
    private func groups() throws -> [FigureGroup] {
        guard let only else { return FigureGroup.allCases.filter { $0 != .databases || peers } }
        let wanted = try only.split(separator: ",").map { name in
            guard let group = FigureGroup(rawValue: String(name)) else {
                let names = FigureGroup.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--only: there is no figure \"\(name)\"; there are \(names).")
            }
            return group
        }
        return FigureGroup.allCases.filter { wanted.contains($0) || ($0 == .databases && peers) }
    }
}
