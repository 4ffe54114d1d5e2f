extension String {
    /// How many columns of a terminal the text takes: two for wide characters of East Asia and for emoji, none for
    /// combining marks (Unicode Standard Annex #11).
    var displayWidth: Int {
        reduce(0) { $0 + $1.displayWidth }
    }

    /// The text with every character spelled out that would move the cursor, colour the terminal or change the writing
    /// direction, so that stored text cannot change what an operator sees around it.
    var visible: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.changesItsSurroundings:
                result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The text, cut if it takes more than `width` columns; a cut text ends in "…".
    func abridged(toWidth width: Int) -> String {
        var taken = 0
        var end = startIndex
        for index in indices {
            taken += self[index].displayWidth
            // One column is kept for the "…" that a longer text needs.
            if taken < width { end = self.index(after: index) }
            if taken > width { return self[..<end] + "…" }
        }
        return self
    }
}

extension Character {
    /// How many columns of a terminal the character takes.
    var displayWidth: Int {
        guard let first = unicodeScalars.first else { return 0 }
        let selectsEmoji = unicodeScalars.contains("\u{FE0F}")
        if selectsEmoji && first.properties.isEmoji && !first.isASCII { return 2 }
        if first.isWide { return 2 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: return 1
        }
    }
}

extension Unicode.Scalar {
    fileprivate var changesItsSurroundings: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        // Joiners shape the characters beside them, as emoji and several scripts need; no other format character
        // passes.
        case .format: value != 0x200C && value != 0x200D
        default: false
        }
    }

    /// The blocks whose characters are wide or full-width, simplified: the exceptions within them are unassigned.
    fileprivate var isWide: Bool {
        if properties.isEmojiPresentation { return true }
        return switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
            0x1B000...0x1B2FF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
