import Foundation

extension BenchmarkRun {
    /// The size of a store on disk and in memory.
    func size() throws -> [Figure] {
        _ = try loaded()
        let keys = Double(settings.keys)
        let goal = 64 + 3 * keys / 1_048_576
        return [
            Figure(
                what: "disk beside the data, an event",
                unit: .bytes,
                values: loads.map { Double($0.diskBytes) / keys - Double(settings.workload.dataBytes) },
                goal: .atMost(140)
            ),
            Figure(
                what: "memory, peak",
                unit: .mebibytes,
                values: loads.compactMap { $0.readings["peak_kib"].map { $0 / 1_024 } },
                goal: .atMost(goal)
            ),
            Figure(
                what: "memory of that, the callers' own",
                unit: .mebibytes,
                values: loads.compactMap { $0.readings["own_kib"].map { $0 / 1_024 } }
            ),
        ]
    }

    /// All stored keys again, in random order, in a store that was just opened.
    func replays() throws -> [Figure] {
        _ = try loaded()
        let replays = try repeated("replays") {
            try programs.subcommand(
                "replay",
                ["--store", storePath, "--events", "\(settings.keys)"] + settings.workload.arguments
            )
        }
        return [
            Figure(
                what: "replays of all keys in random order",
                unit: .perSecond,
                values: replays.compactMap { $0["total"] },
                peer: Figure.Peer(name: "new keys, 1,024 callers", values: loads.compactMap { $0.readings["total"] })
            )
        ]
    }

    /// The feed from start to end, compared with a bare loop over the same rows.
    func feed() throws -> [Figure] {
        _ = try loaded()
        var scans: [Readings] = []
        let feeds = try repeated("reading the feed") {
            // One after the other over the same file: both find the same parts of it in the system's memory.
            scans.append(try programs.peer("scan", [storePath]))
            return try programs.subcommand("feed", ["--store", storePath])
        }
        guard feeds.compactMap({ $0["rows"] }) == scans.compactMap({ $0["rows"] }) else {
            throw Programs.Failed(program: "feed", reason: "it read other rows than the C program did")
        }
        return [
            Figure(
                what: "reading the feed",
                unit: .perSecond,
                values: feeds.compactMap { $0["total"] },
                peer: Figure.Peer(name: "C, sqlite3_step loop", values: scans.compactMap { $0["total"] }),
                goal: .ratio(0.5)
            )
        ]
    }

    /// Opening a store whose process was killed while it took in events.
    func reopen() throws -> [Figure] {
        _ = try loaded()
        let opened = try repeated("opening after a kill under load") {
            // Bounded, in case this process ends before it can end that one.
            let load = try programs.startSubcommand(
                "load",
                ["--store", storePath, "--events", "2000000"] + freshRange() + settings.workload.arguments
            )
            _ = try load.wait(for: "loading")
            Thread.sleep(forTimeInterval: settings.isQuick ? 0.2 : 2)
            load.end(SIGKILL)
            return try programs.subcommand("open", ["--store", storePath])
        }
        return [
            Figure(
                what: "open after a kill under load",
                unit: .milliseconds,
                values: opened.compactMap { $0["open_ms"] },
                goal: .atMost(300)
            )
        ]
    }
}
