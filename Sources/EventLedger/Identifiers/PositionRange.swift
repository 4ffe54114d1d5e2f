/// Positions of one account that follow one another, such as those of events that are erased.
struct PositionRange: Hashable {
    var first: Position
    var last: Position

    var count: Int { Int(last.rawValue - first.rawValue) + 1 }

    /// The fewest ranges that hold positions of one account and nothing else. The positions are in their order.
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
