import IngestAPI
import NIOCore

/// The value of `Server-Timing` (https://www.w3.org/TR/server-timing), for requests with `Prefer: server-timing`.
enum ServerTiming {
    /// How long something took.
    struct Duration {
        var name: String
        var time: TimeAmount

        init(_ name: String, _ time: TimeAmount) {
            self.name = name
            self.time = time
        }
    }

    /// `receive;dur=0.120, total;dur=1.805`, in milliseconds.
    static func text(_ durations: [Duration]) -> String {
        durations.map { "\($0.name);dur=\(milliseconds($0.time))" }.joined(separator: ", ")
    }

    /// A time in milliseconds with three decimals.
    static func milliseconds(_ time: TimeAmount) -> String {
        let microseconds = max(0, time.nanoseconds / 1_000)
        let fraction = String(microseconds % 1_000)
        return "\(microseconds / 1_000).\(String(repeating: "0", count: 3 - fraction.utf8.count))\(fraction)"
    }
}
