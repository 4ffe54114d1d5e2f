/// Shows on one line of a terminal how far an import has got.
struct ProgressBar: Sendable {
    /// The size of the file in bytes; nil if it is not known.
    let totalBytes: Int64?
    private let start: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant?

    /// How long a line stays before the next one is shown.
    private static let pause = Duration.milliseconds(100)
    private static let width = 30

    init(totalBytes: Int64?, start: ContinuousClock.Instant) {
        self.totalBytes = totalBytes
        self.start = start
    }

    /// The next line to show; nil if the last one was shown too recently.
    mutating func line(bytes: Int64, lines: Int, at now: ContinuousClock.Instant) -> String? {
        if let lastShown, now - lastShown < ProgressBar.pause { return nil }
        lastShown = now
        let seconds = max((now - start) / .seconds(1), 0.001)
        let counts = "\(lines) lines, \(Int(Double(lines) / seconds)) a second"
        guard let totalBytes, totalBytes > 0 else { return counts }
        // A file may grow while it is read.
        let part = min(Double(bytes) / Double(totalBytes), 1)
        let filled = Int(part * Double(ProgressBar.width))
        let bar =
            String(repeating: "#", count: filled) + String(repeating: ".", count: ProgressBar.width - filled)
        let percent = "\(Int(part * 100))"
        return "[\(bar)] \(String(repeating: " ", count: 3 - percent.count))\(percent)%  \(counts)"
    }
}
