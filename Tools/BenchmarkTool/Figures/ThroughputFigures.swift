extension BenchmarkRun {
    /// New keys from 1,024 callers, compared with both C programs, and how flat the rate is.
    func callers() throws -> [Figure] {
        var btree: [Readings] = []
        let loads = try repeated("1,024 callers, and the C programs") {
            let loaded = try loadStore()
            btree.append(try loadPeer("btree-ledger", eventsPerTransaction: 1_024))
            try loadSegmentedPeer(eventsPerTransaction: 1_024)
            return loaded.readings
        }
        let rates = loads.compactMap(\.lastRate)
        let millions = loads.map(\.rates)
        return [
            Figure(
                what: "1,024 callers, \(lastStep)",
                unit: .perSecond,
                values: rates,
                millions: millions,
                peer: Figure.Peer(
                    name: "C, B-tree ledger",
                    values: btree.compactMap(\.lastRate),
                    millions: btree.map(\.rates)
                ),
                goal: .ratio(4)
            ),
            Figure(
                what: "1,024 callers, \(lastStep)",
                unit: .perSecond,
                values: rates,
                millions: millions,
                peer: segmentedPeer(eventsPerTransaction: 1_024),
                goal: .ratio(0.5)
            ),
        ] + flatness(of: loads, "1,024 callers") + flatness(of: btree, "C, B-tree ledger")
    }

    /// The same from 64 callers.
    func fewCallers() throws -> [Figure] {
        let loads = try repeated("64 callers") {
            defer { folder.clear("few.db") }
            let readings = try load("few.db", ["--callers", "64"])
            try loadSegmentedPeer(eventsPerTransaction: 64)
            return readings
        }
        return [
            Figure(
                what: "64 callers, \(lastStep)",
                unit: .perSecond,
                values: loads.compactMap(\.lastRate),
                peer: segmentedPeer(eventsPerTransaction: 64),
                goal: .ratio(0.6)
            )
        ]
    }

    /// The same in lists, from one caller and from four.
    func lists() throws -> [Figure] {
        // The C program was measured with the 1,024 callers, unless those were left out.
        let hasPeer = !segmentedPeer(eventsPerTransaction: 1_024).values.isEmpty
        let loads = try repeated("lists of 1,000") {
            defer { folder.clear("lists.db") }
            let list = ["--list", "\(BenchmarkRun.listLength)", "--callers"]
            let one = try load("lists.db", list + ["1"])
            folder.clear("lists.db")
            let four = try load("lists.db", list + ["4"])
            if !hasPeer { try loadSegmentedPeer(eventsPerTransaction: 1_024) }
            return (one, four)
        }
        return [
            Figure(
                what: "lists of 1,000, 1 caller, \(lastStep)",
                unit: .perSecond,
                values: loads.compactMap(\.0.lastRate),
                peer: segmentedPeer(eventsPerTransaction: 1_024)
            ),
            Figure(
                what: "lists of 1,000, 4 callers, \(lastStep)",
                unit: .perSecond,
                values: loads.compactMap(\.1.lastRate),
                peer: segmentedPeer(eventsPerTransaction: 1_024),
                goal: .ratio(0.75)
            ),
        ]
    }

    /// The part of a load that a rate belongs to.
    private var lastStep: String {
        let millions = settings.keys / RateClock.step
        return millions < 1 ? "\(settings.keys) keys" : "million \(millions)"
    }

    /// The rate in a load's last million compared with that in its second, if there are that many.
    private func flatness(of loads: [Readings], _ name: String) -> [Figure] {
        let millions = settings.keys / RateClock.step
        guard millions >= 3 else { return [] }
        return [
            Figure(
                what: "flatness of \(name), million \(millions)",
                unit: .perSecond,
                values: loads.compactMap(\.lastRate),
                peer: Figure.Peer(name: "itself, million 2", values: loads.compactMap { $0.rates.dropFirst().first })
            )
        ]
    }
}
