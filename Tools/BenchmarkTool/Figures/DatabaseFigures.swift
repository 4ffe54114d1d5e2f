extension BenchmarkRun {
    /// The same transaction in PostgreSQL and in Redis, on loopback.
    func databases() throws -> [Figure] {
        let here = try ownRate()
        return try database(
            "postgresql",
            [("clients_16", "PostgreSQL, 16 clients"), ("clients_64", "PostgreSQL, 64 clients")]
        )
        .map { Figure(what: here.what, unit: .perSecond, values: here.values, peer: $0, goal: .ratio(1)) }
            + database(
                "redis",
                [
                    ("clients_64", "Redis, 64 clients"), ("clients_256", "Redis, 256 clients"),
                    ("pipelined", "Redis, 64 clients, 16 a pipeline"),
                ]
            )
            // Pipelined commands are answered many at once, like a batch on one connection of the store: no goal.
            .map { peer in
                let goal = peer.name.contains("pipeline") ? nil : Figure.Goal.ratio(1)
                return Figure(what: here.what, unit: .perSecond, values: here.values, peer: peer, goal: goal)
            }
    }

    /// The rate that the databases are compared with: new keys over HTTP, or in the library if HTTP was not measured.
    private func ownRate() throws -> (what: String, values: [Double]) {
        if !newKeyRates.isEmpty { return ("HTTP, \(settings.connections) connections, new keys", newKeyRates) }
        _ = try loaded()
        return ("1,024 callers", loads.compactMap { $0.readings["total"] })
    }

    /// Runs the script of a database and returns its readings; nothing if there is no such database.
    private func database(_ name: String, _ readings: [(reading: String, name: String)]) throws -> [Figure.Peer] {
        var runs: [Readings] = []
        do {
            runs = try repeated("\(name)") {
                try programs.peer(
                    name,
                    [
                        folder.path, "\(max(1, Int(settings.durationSeconds)))", "\(settings.workload.contacts)",
                        "\(settings.workload.dataBytes)",
                    ]
                )
            }
        } catch let failure as Programs.Failed where failure.isUnavailable {
            remarks.append("Left out: \(failure.reason)")
            return []
        }
        return readings.map { reading, name in
            Figure.Peer(name: name, values: runs.compactMap { $0[reading] })
        }
    }
}
