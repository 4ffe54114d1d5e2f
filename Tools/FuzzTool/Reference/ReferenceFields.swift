import EventModel
import Foundation

/// The rules of an event's fields a second time, taken from the contract and not from the code.
enum ReferenceFields {
    private static let upper = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZ".unicodeScalars)
    private static let lower = Set("abcdefghijklmnopqrstuvwxyz".unicodeScalars)
    private static let digits = Set("0123456789".unicodeScalars)
    private static let alphanumerics = upper.union(lower).union(digits)
    private static let typeScalars = alphanumerics.union("_-".unicodeScalars)
    private static let localScalars = alphanumerics.union(".!#$%&'*+/=?^_`{|}~-".unicodeScalars)

    /// `^[A-Za-z0-9_-]+$`, 1 to 128 characters.
    static func isType(_ text: String) -> Bool {
        let scalars = text.unicodeScalars
        return (1...128).contains(scalars.count) && scalars.allSatisfy(typeScalars.contains)
    }

    /// The WHATWG's rule for `<input type=email>`, at most 254 bytes.
    static func isEmail(_ text: String) -> Bool {
        guard text.utf8.count <= 254 else { return false }
        let halves = text.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false)
        guard halves.count == 2, !halves[0].isEmpty, halves[0].allSatisfy(localScalars.contains) else { return false }
        return halves[1].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.count) && label.first != "-" && label.last != "-"
                && label.allSatisfy { $0 == "-" || alphanumerics.contains($0) }
        }
    }

    /// `^\+[1-9][0-9]{1,14}$`
    static func isPhone(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        return (3...16).contains(scalars.count) && scalars[0] == "+" && scalars[1] != "0"
            && scalars[1...].allSatisfy(digits.contains)
    }

    /// `cus_` and 16 of `[a-z0-9]`.
    static func isContactID(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        return scalars.count == 20 && scalars[..<4].elementsEqual("cus_".unicodeScalars)
            && scalars[4...].allSatisfy { lower.contains($0) || digits.contains($0) }
    }

    /// 1 to 255 bytes of UTF-8 without control characters.
    static func isKey(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    /// Seconds and nanoseconds of an RFC 3339 date-time in UTC, by the system's calendar; nil if it is not one.
    static func time(_ text: String) -> (seconds: Int64, nanoseconds: Int32)? {
        let scalars = Array(text.unicodeScalars)
        let form = scalars.prefix(19).map { digits.contains($0) ? "0" : $0 == "t" ? "T" : $0 }
        guard form.elementsEqual("0000-00-00T00:00:00".unicodeScalars) else { return nil }
        func number(_ range: Range<Int>) -> Int32 {
            scalars[range].reduce(0) { $0 * 10 + Int32($1.value - 0x30) }
        }

        var rest = scalars[19...]
        var nanoseconds: Int32 = 0
        if rest.first == "." {
            let fraction = rest.dropFirst().prefix(while: digits.contains)
            guard (1...9).contains(fraction.count) else { return nil }
            let padded = String(String.UnicodeScalarView(fraction)) + String(repeating: "0", count: 9 - fraction.count)
            nanoseconds = Int32(padded) ?? -1
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard ["Z", "z", "+00:00", "-00:00"].contains(String(String.UnicodeScalarView(rest))) else { return nil }

        let isLeapSecond = number(11..<13) == 23 && number(14..<16) == 59 && number(17..<19) == 60
        var parts = tm()
        parts.tm_year = number(0..<4) - 1_900
        parts.tm_mon = number(5..<7) - 1
        parts.tm_mday = number(8..<10)
        parts.tm_hour = number(11..<13)
        parts.tm_min = number(14..<16)
        parts.tm_sec = isLeapSecond ? 59 : number(17..<19)
        // A date that does not exist comes back as another one.
        var made = parts
        let seconds = timegm(&made)
        guard
            made.tm_year == parts.tm_year, made.tm_mon == parts.tm_mon, made.tm_mday == parts.tm_mday,
            made.tm_hour == parts.tm_hour, made.tm_min == parts.tm_min, made.tm_sec == parts.tm_sec
        else { return nil }
        return (Int64(seconds), nanoseconds + (isLeapSecond ? 1_000_000_000 : 0))
    }

    /// The key that an `Idempotency-Key` header names; nil if it is not valid.
    static func key(ofHeader value: String) -> String? {
        let trimmed = value.trimmingCharacters(in: CharacterSet(charactersIn: " \t"))
        let key = unquoted(Array(trimmed.unicodeScalars)) ?? trimmed
        return isKey(key) && !key.unicodeScalars.contains("\u{FFFD}") ? key : nil
    }

    /// The contents of a string by RFC 8941, section 3.3.3; nil if it is not one.
    private static func unquoted(_ scalars: [Unicode.Scalar]) -> String? {
        guard scalars.count >= 2, scalars.first == "\"" else { return nil }
        var text = String.UnicodeScalarView()
        var rest = scalars[1...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return rest.isEmpty ? String(text) : nil
            case "\\":
                guard let escaped = rest.popFirst(), escaped == "\"" || escaped == "\\" else { return nil }
                text.append(escaped)
            default: text.append(scalar)
            }
        }
        return nil
    }
}
