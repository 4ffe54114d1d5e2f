import ArgumentParser
import Foundation
import NIOCore
import NIOPosix

/// Sends requests over a number of connections, each as soon as the one before it was answered.
///
/// It generates and reads as little as it can, so that the server is what is measured.
struct HTTPLoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http-load",
        abstract: "Send events to a server on this machine."
    )

    @OptionGroup var workload: WorkloadOptions

    @Option(help: ArgumentHelp("The server's port on 127.0.0.1.", valueName: "port"))
    var port: Int

    @Option(help: ArgumentHelp("The token to send.", valueName: "token"))
    var token = "none"

    @Option(help: ArgumentHelp("An OAuth app whose access token to send instead.", valueName: "id"))
    var client: String?

    @Option(help: ArgumentHelp("The app's secret.", valueName: "secret"))
    var secret = ""

    @Flag(help: "Send the field of a trace with each request.")
    var traced = false

    @Option(help: ArgumentHelp("A control socket to read metrics from, once a second.", valueName: "path"))
    var scrape: String?

    @Option(help: ArgumentHelp("How many connections.", valueName: "n"))
    var connections = 64

    @Option(help: ArgumentHelp("How long, in seconds.", valueName: "seconds"))
    var duration = 10.0

    @Option(
        help: ArgumentHelp(
            "How long the load lasts before it is measured, in seconds; without it a tenth of the duration.",
            valueName: "seconds"
        )
    )
    var warmUp: Double?

    @Option(help: ArgumentHelp("The number of the first event.", valueName: "n"))
    var first: UInt64 = 0

    @Option(help: ArgumentHelp("Offer so many stored events again, at random, instead of new ones.", valueName: "n"))
    var stored: UInt64?

    @Option(help: ArgumentHelp("Offer so many events a request, to the batch endpoint.", valueName: "n"))
    var batch: Int?

    func validate() throws {
        guard (0.1...3_600).contains(duration) else { throw ValidationError("--duration must be 0.1 to 3600.") }
        guard (0...3_600).contains(warmUp ?? 0) else { throw ValidationError("--warm-up must be 0 to 3600.") }
        guard (1...1_024).contains(connections) else { throw ValidationError("--connections must be 1 to 1024.") }
        guard (1...1_000).contains(batch ?? 1) else { throw ValidationError("--batch must be 1 to 1000.") }
        guard stored != 0 else { throw ValidationError("--stored must be at least 1.") }
    }

    func run() async throws {
        var bearer = token
        if let client { bearer = try await ServerClient.accessToken(port: port, client: client, secret: secret) }
        let scraping = scrape.map { socket in Task { await ServerClient.scrape(socket: socket) } }
        defer { scraping?.cancel() }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        // The tally is created on the loop and only ever used there.
        let tally = try await loop.submit { [bearer] in
            let template = RequestTemplate(
                workload.template,
                dataBytes: workload.dataBytes,
                batch: batch,
                token: bearer,
                isTraced: traced
            )
            let numbers = stored.map(LoadTally.Numbers.stored) ?? .fresh(next: first)
            return NIOLoopBound(LoadTally(template, numbers), eventLoop: loop)
        }.get()
        let bootstrap = ClientBootstrap(group: loop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LoadConnection(tally.value))
                }
            }
        var channels: [any Channel] = []
        for _ in 0..<connections {
            channels.append(try await bootstrap.connect(host: "127.0.0.1", port: port).get())
        }
        try await Task.sleep(for: .seconds(warmUp ?? duration / 10))
        let busyBefore = HTTPLoadCommand.processorSeconds
        let start = ContinuousClock.now
        try await loop.submit { tally.value.startMeasuring() }.get()
        try await Task.sleep(for: .seconds(duration))
        let seconds = (ContinuousClock.now - start).seconds
        let busy = HTTPLoadCommand.processorSeconds - busyBefore
        let hasFailures = try await loop.submit { tally.value.hasFailures }.get()
        guard hasFailures || channels.allSatisfy(\.isActive) else {
            throw UnexpectedOutcome(description: "the server closed a connection, or its answer could not be read")
        }
        try await loop.submit { try tally.value.report(seconds: seconds, busy: busy) }.get()
        for channel in channels { try? await channel.close() }
        try await group.shutdownGracefully()
    }

    /// How much processor time this process has used, in seconds.
    private static var processorSeconds: Double {
        Double(clock()) / Double(CLOCKS_PER_SEC)
    }
}
