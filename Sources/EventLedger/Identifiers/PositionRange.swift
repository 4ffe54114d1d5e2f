/// Consecutive positions of one account, such as those of erased events.
struct PositionRange: Hashable {
    var first: Position
    var last: Position

    var count: Int { Int(last.rawValue - first.rawValue) + 1 }

    /// The fewest ranges that hold the given positions of one account and nothing else. The positions are in ascending
    /// order.
    static func ranges(of positions: [Position]) -> [PositionRange] {
        var ranges: [PositionRange] = []
        for position in positions {
            if let last = ranges.last?.last, last.number + 1 == position.number {
                ranges[ranges.count - 1].last = position
            } else {
                ranges.append(PositionRange(first: position, last: position))
            }
        }
        return ranges
    }
}
