import ArgumentParser

/// A time as an operator writes it: a whole number and `d`, `h`, `m` or `s`.
enum TimeSpan {
    private static let units: [(letter: Character, name: String, milliseconds: Int64)] = [
        ("d", "day", 86_400_000), ("h", "hour", 3_600_000), ("m", "minute", 60_000), ("s", "second", 1_000),
    ]
    /// A thousand years.
    private static let longestDays: Int64 = 365_250

    /// The longest accepted time, as it is written.
    static let longestText = "\(longestDays)d"

    /// The rule for a time, for people.
    static let rule =
        "a whole number above 0 and d (days), h (hours), m (minutes) or s (seconds), such as 30d, and at most \(longestText)"

    /// The time in milliseconds; nil if it is not a time or is out of range.
    static func milliseconds(_ text: String) -> Int64? {
        guard
            let unit = units.first(where: { $0.letter == text.last }),
            text.utf8.dropLast().allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int64(text.dropLast()), number > 0,
            number <= longestDays * 86_400_000 / unit.milliseconds
        else { return nil }
        return number * unit.milliseconds
    }

    /// A time in words, so that somebody who meant months by `m` notices.
    static func words(milliseconds: Int64) -> String {
        guard let unit = units.first(where: { milliseconds.isMultiple(of: $0.milliseconds) }) else {
            return "\(milliseconds) milliseconds"
        }
        let count = milliseconds / unit.milliseconds
        return "\(count) \(unit.name)\(count == 1 ? "" : "s")"
    }

    /// A time as it is written, in the largest unit that divides it.
    static func text(milliseconds: Int64) -> String {
        guard let unit = units.first(where: { milliseconds.isMultiple(of: $0.milliseconds) }) else {
            return "\(milliseconds)ms"
        }
        return "\(milliseconds / unit.milliseconds)\(unit.letter)"
    }
}

/// How old something has to be.
struct Age: Sendable, Hashable {
    /// Its length.
    let milliseconds: Int64

    /// Reads an argument.
    init(argument: String) throws {
        guard let milliseconds = TimeSpan.milliseconds(argument) else {
            throw ValidationError("the age must be \(TimeSpan.rule)")
        }
        self.milliseconds = milliseconds
    }
}

/// How long something is kept.
struct RetentionWindow: Sendable, Hashable {
    /// Its length; nil if it is kept for ever.
    let milliseconds: Int64?

    init(milliseconds: Int64?) {
        self.milliseconds = milliseconds
    }

    /// Reads an argument: a time, or `never`.
    init(argument: String) throws {
        if argument == "never" {
            self.init(milliseconds: nil)
            return
        }
        guard let milliseconds = TimeSpan.milliseconds(argument) else {
            throw ValidationError("the time must be \(TimeSpan.rule), or \"never\"")
        }
        self.init(milliseconds: milliseconds)
    }

    /// The window as it is written.
    var text: String { milliseconds.map(TimeSpan.text) ?? "never" }

    /// The window in a sentence: keys are kept …
    var words: String { milliseconds.map { "for \(TimeSpan.words(milliseconds: $0))" } ?? "for ever" }
}
