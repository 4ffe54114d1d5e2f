import Foundation

/// The figures as a table for people.
struct Table {
    private let rows: [[String]]

    init(_ figures: [Figure]) {
        rows =
            [["what", "figure", "peer", "its figure", "ratio", "goal", ""]]
            + figures.map { figure in
                [
                    figure.what,
                    Table.text(figure.value, figure.unit),
                    figure.peer?.name ?? "",
                    figure.peer == nil ? "" : Table.text(figure.peerValue, figure.unit),
                    figure.ratio.map { String(format: "%.2f", $0) } ?? "",
                    figure.goal.map { Table.text($0, figure.unit) } ?? "",
                    figure.isReached.map { $0 ? "yes" : "no" } ?? "",
                ]
            }
    }

    /// The table, its columns aligned.
    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, text in
                let isNumber = column == 1 || column == 3 || column == 4
                return isNumber ? text.padded(to: widths[column], atStart: true) : text.padded(to: widths[column])
            }.joined(separator: "  ").trimmingCharacters(in: .whitespaces)
        }.joined(separator: "\n")
    }

    private static func text(_ value: Double?, _ unit: Figure.Unit) -> String {
        guard let value else { return "none" }
        return switch unit {
        case .perSecond: grouped(value) + "/s"
        case .milliseconds: String(format: value < 10 ? "%.2f ms" : "%.0f ms", value)
        case .bytes: grouped(value) + " bytes"
        case .mebibytes: grouped(value) + " MiB"
        }
    }

    private static func text(_ goal: Figure.Goal, _ unit: Figure.Unit) -> String {
        switch goal {
        case .ratio(let least): "ratio \(least.formatted()) or more"
        case .atLeast(let least): "\(text(least, unit)) or more"
        case .atMost(let most): "\(text(most, unit)) or less"
        case .above(let more): "peer + \(text(more, unit)) or less"
        }
    }

    /// A whole number with commas between groups of three digits.
    private static func grouped(_ value: Double) -> String {
        let digits = Array(String(Int(value.rounded())))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0, digits[index - 1] != "-" { text.append(",") }
            text.append(digit)
        }
        return text
    }
}

extension String {
    /// The text, padded with spaces to a width.
    func padded(to width: Int, atStart: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, width - count))
        return atStart ? spaces + self : self + spaces
    }
}
