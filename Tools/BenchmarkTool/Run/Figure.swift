/// A figure and, where it has one, its peer's.
struct Figure {
    /// What a figure is counted in.
    enum Unit: String {
        case perSecond = "/s"
        case milliseconds = "ms"
        case bytes = "bytes"
        case mebibytes = "MiB"
    }

    /// What a figure stands beside.
    struct Peer {
        let name: String
        /// What it reached in each run.
        let values: [Double]
        /// The rates of the full millions in each run, where it took in so many.
        var millions: [[Double]] = []
    }

    /// What is to be reached.
    enum Goal {
        /// At least so much of the peer's figure.
        case ratio(Double)
        /// At least so much.
        case atLeast(Double)
        /// At most so much.
        case atMost(Double)
        /// At most so much more than the peer's figure.
        case above(Double)
    }

    /// What was measured.
    let what: String
    let unit: Unit
    /// What was read in each run.
    let values: [Double]
    /// The rates of the full millions in each run, where so many were taken in.
    var millions: [[Double]] = []
    var peer: Peer?
    var goal: Goal?
    /// Whether the largest of the runs counts, and not the one in the middle.
    var takesLargest = false

    /// The figure: that of the run in the middle.
    var value: Double? { takesLargest ? values.max() : median(values) }
    /// The peer's figure.
    var peerValue: Double? { peer.flatMap { median($0.values) } }

    /// How much of the peer's figure was reached.
    var ratio: Double? {
        guard let value, let peerValue, peerValue > 0 else { return nil }
        return value / peerValue
    }

    /// Whether the goal was reached; nil where there is none, or nothing to compare with.
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
