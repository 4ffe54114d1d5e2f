/// A figure and, if it has a peer, the peer's figure.
struct Figure {
    /// The unit of a figure.
    enum Unit: String {
        case perSecond = "/s"
        case milliseconds = "ms"
        case bytes = "bytes"
        case mebibytes = "MiB"
    }

    /// What a figure is compared with.
    struct Peer {
        let name: String
        /// Its value in each run.
        let values: [Double]
        /// The rates of the full millions in each run, if it took in that many.
        var millions: [[Double]] = []
    }

    /// The goal of a figure.
    enum Goal {
        /// At least this fraction of the peer's figure.
        case ratio(Double)
        /// At least this value.
        case atLeast(Double)
        /// At most this value.
        case atMost(Double)
        /// At most this much more than the peer's figure.
        case above(Double)
    }

    /// What was measured.
    let what: String
    let unit: Unit
    /// The value in each run.
    let values: [Double]
    /// The rates of the full millions in each run, if that many were taken in.
    var millions: [[Double]] = []
    var peer: Peer?
    var goal: Goal?
    /// Whether the largest value counts instead of the median.
    var takesLargest = false

    /// The figure: the median of the runs, or the largest.
    var value: Double? { takesLargest ? values.max() : median(values) }
    /// The peer's figure.
    var peerValue: Double? { peer.flatMap { median($0.values) } }

    /// The ratio to the peer's figure.
    var ratio: Double? {
        guard let value, let peerValue, peerValue > 0 else { return nil }
        return value / peerValue
    }

    /// Whether the goal was reached; nil if there is no goal, or nothing to compare with.
    var isReached: Bool? {
        switch goal {
        case .ratio(let least): ratio.map { $0 >= least }
        case .atLeast(let least): value.map { $0 >= least }
        case .atMost(let most): value.map { $0 <= most }
        case .above(let more): value.flatMap { value in peerValue.map { value - $0 <= more } }
        case nil: nil
        }
    }
}
