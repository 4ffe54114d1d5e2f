/// A day of the proleptic Gregorian calendar, and its count of days since 1970-01-01.
///
/// The arithmetic starts years in March, so that the leap day is the last day of a year and needs no case of its own in
/// the formula for months (after Howard Hinnant, "chrono-compatible low-level date algorithms").
struct CalendarDate: Hashable {
    var year: Int
    /// From 1 to 12.
    var month: Int
    /// From 1 to the month's last.
    var day: Int

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    init(daysSinceEpoch: Int64) {
        let shifted = Int(daysSinceEpoch) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSinceEpoch: Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }

    /// Whether the day exists.
    var exists: Bool {
        guard (1...12).contains(month) else { return false }
        return (1...lastDayOfMonth).contains(day)
    }

    private var lastDayOfMonth: Int {
        switch month {
        case 2: isLeapYear ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private var isLeapYear: Bool { year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) }
}

/// The seconds since 1970-01-01T00:00:00Z of the years 0000 to 9999, which RFC 3339 can write.
private let writableSeconds: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

/// Writes the date and the time of day of RFC 3339, without a fraction and without the `Z`.
///
/// Only a wrong clock or a damaged file can give a moment before the year 0000 or after 9999. Such a moment is written
/// as the first or the last second that RFC 3339 can write.
func writeDateAndTime(secondsSinceEpoch: Int64, isLeapSecond: Bool = false, to bytes: inout [UInt8]) {
    let secondsADay: Int64 = 86_400
    let seconds = min(max(secondsSinceEpoch, writableSeconds.lowerBound), writableSeconds.upperBound)
    var days = seconds / secondsADay
    var second = seconds % secondsADay
    if second < 0 {
        days -= 1
        second += secondsADay
    }
    let date = CalendarDate(daysSinceEpoch: days)
    let time = Int(second)
    write(date.year, digits: 4, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    write(date.month, digits: 2, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    write(date.day, digits: 2, to: &bytes)
    bytes.append(UInt8(ascii: "T"))
    write(time / 3_600, digits: 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    write(time / 60 % 60, digits: 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    write(isLeapSecond ? 60 : time % 60, digits: 2, to: &bytes)
}

/// Writes a number with leading zeros.
func write(_ number: Int, digits: Int, to bytes: inout [UInt8]) {
    var divisor = 1
    for _ in 1..<digits { divisor *= 10 }
    while divisor > 0 {
        bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
        divisor /= 10
    }
}
