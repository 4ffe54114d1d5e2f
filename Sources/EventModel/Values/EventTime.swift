/// When an event happened, in UTC and to the nanosecond.
public struct EventTime: Sendable, Hashable {
    /// Whole seconds since 1970-01-01T00:00:00Z; within the years 0000 to 9999.
    public let secondsSinceEpoch: Int64
    /// Nanoseconds after the second. Values from 1,000,000,000 to 1,999,999,999 lie inside the leap second that follows
    /// second 59.
    public let nanoseconds: Int32

    private static let nanosecondsASecond: Int32 = 1_000_000_000

    /// Reads an RFC 3339 date-time in UTC: `Z`, `z`, `+00:00` or `-00:00`, with up to nine digits of a second's fraction.
    ///
    /// The day must exist in the calendar, and second 60 is accepted only as 23:59:60.
    ///
    /// - Throws: ``InvalidValue`` on the field `event_time`.
    public init(_ text: String) throws(InvalidValue) {
        var text = text
        let parsed = text.withUTF8 { bytes in
            var parser = Parser(bytes: bytes)
            return parser.parse()
        }
        switch parsed {
        case .success(let time): self = time
        case .failure(let fault): throw fault
        }
    }

    /// Creates a time from stored parts, which were checked when they were stored.
    package init(secondsSinceEpoch: Int64, nanoseconds: Int32) {
        self.secondsSinceEpoch = secondsSinceEpoch
        self.nanoseconds = nanoseconds
    }

    /// The time of a moment by this machine's clock.
    public init(_ timestamp: Timestamp) {
        let (quotient, remainder) = timestamp.millisecondsSinceEpoch.quotientAndRemainder(dividingBy: 1_000)
        let isBefore = remainder < 0
        self.secondsSinceEpoch = isBefore ? quotient - 1 : quotient
        self.nanoseconds = Int32(isBefore ? remainder + 1_000 : remainder) * 1_000_000
    }

    /// Appends the time in RFC 3339 form, with `Z` and no more digits of a fraction than it needs.
    public func write(to bytes: inout [UInt8]) {
        // Only a damaged file can hold values outside this range.
        let nanoseconds = min(max(nanoseconds, 0), 2 * EventTime.nanosecondsASecond - 1)
        let isLeapSecond = nanoseconds >= EventTime.nanosecondsASecond
        writeDateAndTime(secondsSinceEpoch: secondsSinceEpoch, isLeapSecond: isLeapSecond, to: &bytes)
        let fraction = Int(isLeapSecond ? nanoseconds - EventTime.nanosecondsASecond : nanoseconds)
        if fraction != 0 {
            bytes.append(UInt8(ascii: "."))
            EventModel.write(fraction, digits: 9, to: &bytes)
            while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
        }
        bytes.append(UInt8(ascii: "Z"))
    }
}

extension EventTime: CustomStringConvertible {
    /// The time in RFC 3339 form, with `Z`.
    public var description: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Reads the grammar of RFC 3339, section 5.6, from left to right.
private struct Parser {
    let bytes: UnsafeBufferPointer<UInt8>
    private var offset = 0

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    private static let form = InvalidValue(
        field: "event_time",
        message: "must be an RFC 3339 date-time in UTC such as 2024-01-15T10:30:00Z, "
            + "with at most nine digits after the second's point"
    )
    private static let notUTC = InvalidValue(
        field: "event_time",
        message: "must be in UTC: end with \"Z\" or a zero offset"
    )
    private static let noSuchTime = InvalidValue(
        field: "event_time",
        message: "must be a date and a time that exist"
    )

    mutating func parse() -> Result<EventTime, InvalidValue> {
        guard
            let year = number(digits: 4), take("-"), let month = number(digits: 2), take("-"),
            let day = number(digits: 2), take("T", "t"), let hour = number(digits: 2), take(":"),
            let minute = number(digits: 2), take(":"), let second = number(digits: 2),
            let fraction = fraction(), let isUTC = offsetIsZero(), offset == bytes.count
        else { return .failure(Parser.form) }
        guard isUTC else { return .failure(Parser.notUTC) }

        let date = CalendarDate(year: year, month: month, day: day)
        let isLeapSecond = second == 60
        guard
            date.exists, hour < 24, minute < 60, second < 60 || (isLeapSecond && hour == 23 && minute == 59)
        else { return .failure(Parser.noSuchTime) }
        let secondOfDay = Int64(hour * 3_600 + minute * 60 + (isLeapSecond ? 59 : second))
        return .success(
            EventTime(
                secondsSinceEpoch: date.daysSinceEpoch * 86_400 + secondOfDay,
                nanoseconds: Int32(fraction) + (isLeapSecond ? 1_000_000_000 : 0)
            )
        )
    }

    private mutating func take(_ wanted: Unicode.Scalar...) -> Bool {
        guard offset < bytes.count, wanted.contains(where: { UInt8(ascii: $0) == bytes[offset] }) else { return false }
        offset += 1
        return true
    }

    private mutating func number(digits: Int) -> Int? {
        guard offset + digits <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[offset..<(offset + digits)] {
            guard byte.isASCIIDigit else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        offset += digits
        return value
    }

    /// The fraction in nanoseconds; 0 if there is none, nil if it is malformed.
    private mutating func fraction() -> Int? {
        guard take(".") else { return 0 }
        var value = 0
        var digits = 0
        while offset < bytes.count, bytes[offset].isASCIIDigit {
            digits += 1
            guard digits <= 9 else { return nil }
            value = value * 10 + Int(bytes[offset] - UInt8(ascii: "0"))
            offset += 1
        }
        guard digits > 0 else { return nil }
        for _ in digits..<9 { value *= 10 }
        return value
    }

    /// Whether the offset that must follow is zero; nil if no offset follows.
    private mutating func offsetIsZero() -> Bool? {
        if take("Z", "z") { return true }
        guard take("+", "-"), let hours = number(digits: 2), take(":"), let minutes = number(digits: 2) else {
            return nil
        }
        return hours == 0 && minutes == 0
    }
}
