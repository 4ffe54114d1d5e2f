import EventModel
import Foundation
import IngestAPI

extension BenchmarkRun {
    /// How many events a request to the batch endpoint carries, and over how many connections. All of them together
    /// stay well below the limit of what may wait for the writer.
    private static let batchLength = 500
    private static let batchConnections = 8

    /// New keys over HTTP, compared with a handler that does nothing; and one event at a time.
    func http() throws -> [Figure] {
        var peers: [Readings] = []
        var singles: [Readings] = []
        var bare: [Readings] = []
        serverMemory = []
        let loads = try repeated("HTTP, new keys") {
            let readings = try withServer { port, token in
                singles.append(
                    try httpLoad(port, ["--token", token, "--connections", "1"] + freshRange(), atMostSeconds: 2)
                )
                return try httpLoad(port, ["--token", token] + freshRange() + steady)
            }
            bare.append(try bareEvents())
            let peer = try programs.startSubcommand("nio-peer", [], core: Cores.available?.server)
            peers.append(try httpLoad(try port(of: peer), steady))
            return readings
        }
        newKeyRates = loads.compactMap { $0["total"] }
        let busy = median(peers.compactMap { $0["busy"] }) ?? 0
        if Cores.available == nil { remarks.append("Servers and their load were not kept on cores of their own.") }
        remarks.append("Beside the plain handler, the load used \(Int(busy * 100))% of a core.")
        return [
            Figure(
                what: "HTTP, \(settings.connections) connections, new keys",
                unit: .perSecond,
                values: newKeyRates,
                peer: Figure.Peer(name: "SwiftNIO, empty handler", values: peers.compactMap { $0["total"] }),
                goal: .ratio(0.5)
            ),
            Figure(
                what: "HTTP, \(settings.connections) connections, new keys, p99",
                unit: .milliseconds,
                values: loads.milliseconds("p99_us")
            ),
            Figure(
                what: "HTTP, one event, idle server, p50",
                unit: .milliseconds,
                values: singles.milliseconds("p50_us"),
                peer: Figure.Peer(name: "C, one event a transaction", values: bare.milliseconds("p50_us")),
                goal: .above(0.3)
            ),
            Figure(what: "HTTP, memory of the server, peak", unit: .mebibytes, values: serverMemory),
        ]
    }

    /// Stored keys over HTTP, chosen from all that the store holds.
    func httpReplays() throws -> [Figure] {
        let hasPeer = !newKeyRates.isEmpty
        let replays = try repeated("HTTP, replays") {
            try withServer { port, token in
                if !hasPeer, let rate = try httpLoad(port, ["--token", token] + freshRange() + steady)["total"] {
                    newKeyRates.append(rate)
                }
                return try httpLoad(port, ["--token", token, "--stored", "\(settings.keys)"] + steady)
            }
        }
        return [
            Figure(
                what: "HTTP, \(settings.connections) connections, replays",
                unit: .perSecond,
                values: replays.compactMap { $0["total"] },
                peer: Figure.Peer(name: "HTTP, new keys", values: newKeyRates),
                goal: .ratio(1)
            )
        ]
    }

    /// New keys to the batch endpoint.
    func httpBatch() throws -> [Figure] {
        let connections = min(settings.connections, BenchmarkRun.batchConnections)
        let batches = try repeated("HTTP, batches of \(BenchmarkRun.batchLength)") {
            try withServer { port, token in
                try httpLoad(port, ["--token", token] + batchArguments + freshRange(), isOptional: true)
            }
        }
        if batches.contains(where: { $0["status_404"] != nil || $0["status_405"] != nil }) {
            remarks.append("Left out: the server has no POST /v1/events/batch.")
            return []
        }
        return [
            Figure(
                what: "HTTP, \(BenchmarkRun.batchLength) events a request, \(connections) connections",
                unit: .perSecond,
                values: batches.compactMap { $0["total"] },
                goal: .atLeast(100_000)
            )
        ]
    }

    /// The load over HTTP with everything that a server on the internet also has to do, and without it, in turn.
    func httpGuarded() throws -> [Figure] {
        _ = try loaded()
        let loads: [(what: String, arguments: () -> [String])] = [
            ("new keys", freshRange),
            ("replays", { [self] in ["--stored", "\(settings.keys)"] }),
            ("\(BenchmarkRun.batchLength) events a request", { [self] in batchArguments + freshRange() }),
        ]
        let (client, secret) = (ClientID.random(), ClientSecret.random().text)
        _ = try programs.subcommand("guard", ["--store", storePath, "--client", client, "--secret", secret])
        let guards = [
            "--client", client, "--secret", secret, "--traced", "--scrape", ControlSocket.path(forStore: storePath),
        ]
        func measure(_ what: String, _ arguments: () -> [String]) throws -> (guarded: [Readings], plain: [Readings]) {
            var plain: [Readings] = []
            let guarded = try repeated("HTTP, \(what), guarded") {
                _ = try programs.subcommand("limit", ["--store", storePath])
                let readings = try withServer { port, _ in try httpLoad(port, guards + arguments()) }
                _ = try programs.subcommand("limit", ["--store", storePath, "--lift"])
                plain.append(try withServer { port, token in try httpLoad(port, ["--token", token] + arguments()) })
                return readings
            }
            return (guarded, plain)
        }
        let everything = "access token, limits (10,001 accounts), metrics, traces"
        let single = try measure("one event") { ["--connections", "1"] + freshRange() }
        let idle = Figure(
            what: "HTTP, one event, idle server, p50: \(everything)",
            unit: .milliseconds,
            values: single.guarded.milliseconds("p50_us"),
            peer: Figure.Peer(name: "a token alone", values: single.plain.milliseconds("p50_us")),
            goal: .above(0.05)
        )
        return try [idle]
            + loads.map { load in
                let (guarded, plain) = try measure(load.what, load.arguments)
                return Figure(
                    what: "HTTP, \(load.what): \(everything)",
                    unit: .perSecond,
                    values: guarded.compactMap { $0["total"] },
                    peer: Figure.Peer(name: "a token alone", values: plain.compactMap { $0["total"] }),
                    goal: .ratio(0.9)
                )
            }
    }

    /// Arguments that measure a load only once the server knows the contacts, as a server that has run for a while
    /// does.
    private var steady: [String] { ["--warm-up", "\(settings.durationSeconds)"] }

    /// Arguments that send a load to the batch endpoint.
    private var batchArguments: [String] {
        let connections = min(settings.connections, BenchmarkRun.batchConnections)
        return ["--batch", "\(BenchmarkRun.batchLength)", "--connections", "\(connections)"]
    }

    /// Starts the server on the store that holds all keys, and stops it afterwards.
    private func withServer<Result>(_ body: (_ port: String, _ token: String) throws -> Result) throws -> Result {
        _ = try loaded()
        let token = try grantedToken()
        let server = try programs.startExecutable(
            "ingest-server",
            ["--store", storePath, "--port", "0", "--threads", "1", "--log-level", "error"],
            core: Cores.available?.server
        )
        let result = try body(try port(of: server), token)
        if let memory = server.memory { serverMemory.append(Double(memory.peakKiB) / 1_024) }
        server.end(SIGTERM)
        return result
    }

    /// A token of the store that holds all keys.
    private func grantedToken() throws -> String {
        if let token { return token }
        let secret = TokenSecret.random().text
        _ = try programs.subcommand("grant", ["--store", storePath, "--token", secret])
        token = secret
        return secret
    }

    /// Sends a load, of new keys unless the arguments say otherwise.
    private func httpLoad(
        _ port: String,
        _ arguments: [String],
        atMostSeconds: Double = .infinity,
        isOptional: Bool = false
    ) throws -> Readings {
        let connections = arguments.contains("--connections") ? [] : ["--connections", "\(settings.connections)"]
        let duration = min(settings.durationSeconds, atMostSeconds)
        let readings = try programs.subcommand(
            "http-load",
            ["--port", port, "--duration", "\(duration)"] + connections + arguments + settings.workload.arguments,
            core: Cores.available?.load
        )
        if let failed = readings["failed"], failed > 0, !isOptional {
            throw Programs.Failed(program: "http-load", reason: "\(Int(failed)) requests were not answered with 200")
        }
        return readings
    }

    private func port(of server: RunningProgram) throws -> String {
        String(try server.wait(for: "listening on http://").split(separator: ":").last ?? "")
    }
}
