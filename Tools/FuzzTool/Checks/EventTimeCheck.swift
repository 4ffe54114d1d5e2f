import EventModel
import Foundation

/// An event's time, compared with the system's calendar and Foundation's; and times made from the input's bytes.
enum EventTimeCheck {
    static func check(_ input: UnsafeRawBufferPointer) throws(Finding) -> Verdict {
        try checkMoments(Array(input.prefix(12)))
        let text = String(decoding: input, as: UTF8.self)
        let time = try? EventTime(text)
        let wanted = ReferenceFields.time(text)
        try expectSame(time?.secondsSinceEpoch, wanted?.seconds, "the seconds")
        try expectSame(time?.nanoseconds, wanted?.nanoseconds, "the nanoseconds")
        guard let time else { return .refused }
        try checkWritten(time)
        try checkAgainstFoundation(time)
        return .taken
    }

    /// A written time is read as the same time, and is written the same way again.
    private static func checkWritten(_ time: EventTime) throws(Finding) {
        let written = time.description
        guard let again = try? EventTime(written) else { throw Finding("refuses what it wrote: \(written)") }
        try expectSame(again, time, "what was written, \(written)")
        try expect(written.hasSuffix("Z"), "is written without Z: \(written)")
        try expect(!written.contains(".") || !written.hasSuffix("0Z"), "is written with zeros at the end: \(written)")
    }

    private static let style = Date.ISO8601FormatStyle(timeZone: .gmt)

    /// Foundation knows no leap seconds, and the Gregorian calendar only from 1582 on.
    private static func checkAgainstFoundation(_ time: EventTime) throws(Finding) {
        guard time.nanoseconds < 1_000_000_000, time.secondsSinceEpoch >= -12_200_000_000 else { return }
        let whole = EventTime(secondsSinceEpoch: time.secondsSinceEpoch, nanoseconds: 0).description
        guard let date = try? style.parse(whole) else { throw Finding("Foundation refuses \(whole)") }
        try expectSame(date.timeIntervalSince1970, Double(time.secondsSinceEpoch), "Foundation's seconds of \(whole)")
        try expectSame(style.format(date), whole, "Foundation's spelling")
    }

    // MARK: Moments

    private static let writable: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    /// Any time is written as a date-time, even one from a wrong clock or a damaged file, and one that can be written
    /// is read as the same.
    private static func checkMoments(_ bytes: [UInt8]) throws(Finding) {
        let number = bytes.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
        let nanoseconds = bytes.suffix(4).reduce(0) { $0 << 8 | Int32($1) }
        let timestamp = Timestamp(millisecondsSinceEpoch: number)
        let ofTimestamp = EventTime(timestamp)
        guard let read = try? EventTime(timestamp.description) else {
            throw Finding("a moment is written as \(timestamp.description)")
        }
        if writable.contains(ofTimestamp.secondsSinceEpoch) {
            try expectSame(read, ofTimestamp, "the moment \(timestamp.description)")
        }
        let stored = EventTime(secondsSinceEpoch: number, nanoseconds: nanoseconds)
        guard let read = try? EventTime(stored.description) else {
            // A leap second anywhere but at the end of a day occurs only in a damaged file.
            try expect(nanoseconds >= 1_000_000_000, "a time is written as \(stored.description)")
            return
        }
        if writable.contains(number), (0..<1_000_000_000).contains(nanoseconds) {
            try expectSame(read, stored, "the time \(stored.description)")
        }
    }
}
