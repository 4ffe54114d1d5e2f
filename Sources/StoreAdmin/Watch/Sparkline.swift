/// A row of blocks whose heights show values: a chart on one line.
struct Sparkline: Sendable {
    private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// How many of the latest values are kept.
    let width: Int
    private(set) var values: [Double] = []

    init(width: Int) {
        self.width = width
    }

    mutating func append(_ value: Double) {
        values.append(value)
        if values.count > width { values.removeFirst(values.count - width) }
    }

    /// The chart, up to its full width; zero is the lowest block and the largest value the highest.
    var text: String {
        let highest = values.max() ?? 0
        let chart = values.map { value -> Character in
            guard highest > 0, value > 0 else { return Sparkline.blocks[0] }
            let height = Int((value / highest * Double(Sparkline.blocks.count - 1)).rounded(.up))
            return Sparkline.blocks[min(height, Sparkline.blocks.count - 1)]
        }
        return String(repeating: " ", count: width - chart.count) + String(chart)
    }
}
