extension BenchmarkRun {
    /// The rate in the last million compared with that in the second, measured in turns.
    ///
    /// Two stores, one with a million keys and one with all but a million, take in a quarter of a million each, four
    /// times. In a single load these millions are minutes apart, and a shared machine may have changed by then.
    func flatness() throws -> [Figure] {
        // If there are fewer than four million keys, a quarter of them.
        let part = min(RateClock.step, settings.keys / 4)
        let millions = settings.keys / RateClock.step
        let rates = try repeated("the last million and the second in turns") {
            defer { for name in ["small.db", "large.db"] { folder.clear(name) } }
            try extend("small.db", from: 0, by: part)
            try extend("large.db", from: 0, by: settings.keys - part)
            var smallSeconds = 0.0
            var largeSeconds = 0.0
            let turn = part / BenchmarkRun.flatnessTurns
            for number in 0..<BenchmarkRun.flatnessTurns {
                smallSeconds += try extend("small.db", from: part + number * turn, by: turn)
                largeSeconds += try extend("large.db", from: settings.keys - part + number * turn, by: turn)
            }
            let events = Double(turn * BenchmarkRun.flatnessTurns)
            return (small: events / smallSeconds, large: events / largeSeconds)
        }
        return [
            Figure(
                what: "in turns, \(millions < 4 ? "the last of four parts" : "million \(millions)")",
                unit: .perSecond,
                values: rates.map(\.large),
                peer: Figure.Peer(
                    name: "itself, \(millions < 4 ? "the second" : "million 2")",
                    values: rates.map(\.small)
                ),
                goal: .ratio(millions >= 20 ? 0.85 : 0.9)
            )
        ]
    }

    /// How many turns each of the two stores has.
    private static let flatnessTurns = 4

    /// Offers more events to a store.
    ///
    /// - Returns: How many seconds it took, without opening and closing.
    @discardableResult
    private func extend(_ name: String, from first: Int, by events: Int) throws -> Double {
        let readings = try load(name, events: events, ["--first", "\(first)", "--callers", "1024"])
        guard let rate = readings["total"], rate > 0 else {
            throw Programs.Failed(program: "load", reason: "it printed no rate")
        }
        return Double(events) / rate
    }
}
