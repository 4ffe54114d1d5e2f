extension BenchmarkRun {
    /// How long one event takes while nothing else goes on, compared with a C program that commits each one separately.
    func oneEvent() throws -> [Figure] {
        _ = try loaded()
        var peer: [Readings] = []
        let singles = try repeated("one event at a time") {
            let readings = try programs.subcommand(
                "single",
                ["--store", storePath, "--events", "\(singleEvents)"] + freshRange() + settings.workload.arguments
            )
            peer.append(try bareEvents())
            return readings
        }
        return [("p50", "p50_us", Figure.Goal.above(0.3)), ("p99", "p99_us", nil)].map { name, reading, goal in
            Figure(
                what: "one event, idle store, \(name)",
                unit: .milliseconds,
                values: singles.milliseconds(reading),
                peer: Figure.Peer(name: "C, one event a transaction", values: peer.milliseconds(reading)),
                goal: goal
            )
        }
    }

    /// How many events are offered one at a time.
    private var singleEvents: Int { settings.isQuick ? 200 : 3_000 }

    /// What one event costs in a transaction of its own, in C.
    func bareEvents() throws -> Readings {
        defer { folder.clear("one.db") }
        return try programs.peer(
            "one-event",
            [
                folder.file("one.db"), "\(singleEvents)", "\(settings.workload.contacts)",
                "\(settings.workload.dataBytes)",
            ]
        )
    }

    /// How long calls take at half of the top rate, while the store does all its other work.
    func latency() throws -> [Figure] {
        let rate = max(100, (try loaded().readings.lastRate ?? 0) / 2)
        // Enough for several checkpoints and, in a long run, for the work that a store does every million keys.
        let events = min(settings.keys, 2_000_000)
        let paced = try repeated("latency at \(Int(rate)) events a second") {
            try programs.subcommand(
                "paced",
                ["--store", storePath, "--events", "\(events)", "--rate", "\(rate)"] + freshRange()
                    + settings.workload.arguments
            )
        }
        let failed = paced.compactMap { $0["failed"] }.reduce(0, +)
        if failed > 0 { remarks.append("At half of the top rate, \(Int(failed)) calls failed as overloaded.") }
        let goals: [(name: String, reading: String, goal: Figure.Goal?)] = [
            ("p50", "p50_us", nil), ("p99", "p99_us", nil), ("p99.9", "p999_us", .atMost(50)),
            ("slowest", "max_us", .atMost(250)),
        ]
        return goals.map { name, reading, goal in
            Figure(
                what: "call at half the top rate, \(name)",
                unit: .milliseconds,
                values: paced.milliseconds(reading),
                goal: goal,
                takesLargest: reading == "max_us"
            )
        }
    }
}

extension [Readings] {
    /// A reading of each run, converted from microseconds to milliseconds.
    func milliseconds(_ name: String) -> [Double] {
        compactMap { $0[name].map { $0 / 1_000 } }
    }
}
