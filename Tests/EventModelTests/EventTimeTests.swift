import EventModel
import Testing

@Suite("An event's time")
struct EventTimeTests {
    @Test(
        "is read to the nanosecond and written back normalized",
        arguments: [
            ("2024-01-15T10:30:00Z", 1_705_314_600, 0, "2024-01-15T10:30:00Z"),
            ("2024-01-15t10:30:00z", 1_705_314_600, 0, "2024-01-15T10:30:00Z"),
            ("2024-01-15T10:30:00+00:00", 1_705_314_600, 0, "2024-01-15T10:30:00Z"),
            ("2024-01-15T10:30:00-00:00", 1_705_314_600, 0, "2024-01-15T10:30:00Z"),
            ("2024-01-15T10:30:00.5Z", 1_705_314_600, 500_000_000, "2024-01-15T10:30:00.5Z"),
            ("2024-01-15T10:30:00.500000000Z", 1_705_314_600, 500_000_000, "2024-01-15T10:30:00.5Z"),
            ("2024-01-15T10:30:00.000Z", 1_705_314_600, 0, "2024-01-15T10:30:00Z"),
            ("2024-01-15T10:30:00.000000001Z", 1_705_314_600, 1, "2024-01-15T10:30:00.000000001Z"),
            ("2024-01-15T10:30:00.999999999Z", 1_705_314_600, 999_999_999, "2024-01-15T10:30:00.999999999Z"),
            ("1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00Z"),
            ("1969-12-31T23:59:59.25Z", -1, 250_000_000, "1969-12-31T23:59:59.25Z"),
            ("0000-01-01T00:00:00Z", -62_167_219_200, 0, "0000-01-01T00:00:00Z"),
            ("0000-02-29T00:00:00Z", -62_162_121_600, 0, "0000-02-29T00:00:00Z"),
            ("9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999, "9999-12-31T23:59:59.999999999Z"),
            ("2000-02-29T00:00:00Z", 951_782_400, 0, "2000-02-29T00:00:00Z"),
            ("2024-02-29T12:00:00Z", 1_709_208_000, 0, "2024-02-29T12:00:00Z"),
            ("1900-02-28T23:59:59Z", -2_203_891_201, 0, "1900-02-28T23:59:59Z"),
            ("2016-12-31T23:59:60Z", 1_483_228_799, 1_000_000_000, "2016-12-31T23:59:60Z"),
            ("2016-12-31T23:59:60.75Z", 1_483_228_799, 1_750_000_000, "2016-12-31T23:59:60.75Z"),
        ] as [(String, Int64, Int32, String)]
    )
    func reading(text: String, seconds: Int64, nanoseconds: Int32, normalized: String) throws {
        let time = try EventTime(text)
        #expect(time.secondsSinceEpoch == seconds)
        #expect(time.nanoseconds == nanoseconds)
        #expect(time.description == normalized)
        #expect(try EventTime(normalized) == time)
    }

    @Test(
        "is refused where the grammar of RFC 3339 is broken",
        arguments: [
            "", "2024", "2024-01-15", "2024-01-15T10:30:00", "2024-01-15 10:30:00Z", "2024-01-15T10:30Z",
            "2024-01-15T10:30:00.Z", "2024-01-15T10:30:00.1234567890Z", "2024-01-15T10:30:00,5Z", "2024-1-15T10:30:00Z",
            "24-01-15T10:30:00Z", "02024-01-15T10:30:00Z", "+2024-01-15T10:30:00Z", "-001-01-15T10:30:00Z",
            "2024-01-15T10:30:00ZZ", " 2024-01-15T10:30:00Z", "2024-01-15T10:30:00Z ", "2024-01-15T10:30:00Z\n",
            "2024-01-15T10:30:00+0000", "2024-01-15T10:30:00+00", "2024-01-15T10:30:00+00:0", "2024-01-15T10:30:00 Z",
            "20240115T103000Z", "2024-015T10:30:00Z", "2024-W03-1T10:30:00Z", "2024-01-15T1０:30:00Z", "1705314600",
            "2024-01-15T10:30:00.5", "2024-01-15T10:30:00UTC", "2024/01/15T10:30:00Z", "2024-01-15T-1:30:00Z",
        ]
    )
    func badForm(text: String) {
        let error = #expect(throws: InvalidValue.self) { try EventTime(text) }
        #expect(error?.field == "event_time")
        #expect(error?.message.contains("RFC 3339") == true)
    }

    @Test(
        "is refused where there is no such day or moment",
        arguments: [
            "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2024-02-30T00:00:00Z",
            "2024-04-31T00:00:00Z", "2024-06-31T00:00:00Z", "2024-09-31T00:00:00Z", "2024-11-31T00:00:00Z",
            "2024-01-32T00:00:00Z", "2024-01-00T00:00:00Z", "2024-00-01T00:00:00Z", "2024-13-01T00:00:00Z",
            "2024-01-15T24:00:00Z", "2024-01-15T10:60:00Z", "2024-01-15T10:30:60Z", "2024-01-15T23:58:60Z",
            "2024-01-15T22:59:60Z", "2016-12-31T23:59:61Z", "2024-01-15T10:30:99Z",
        ]
    )
    func noSuchTime(text: String) {
        let error = #expect(throws: InvalidValue.self) { try EventTime(text) }
        #expect(error?.message == "must be a date and a time that exist")
    }

    @Test(
        "is refused with another offset, and told that UTC is wanted",
        arguments: ["+01:00", "-05:00", "+00:01", "-00:30", "+23:59", "+24:00", "+99:99"]
    )
    func offsets(offset: String) {
        let error = #expect(throws: InvalidValue.self) { try EventTime("2024-01-15T10:30:00" + offset) }
        #expect(error?.message.contains("UTC") == true)
    }

    @Test("takes every day of 800 years from the calendar and back")
    func everyDay() throws {
        var expected: Int64 = try EventTime("1600-01-01T00:00:00Z").secondsSinceEpoch
        for year in 1600..<2400 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (month, days) in zip(1..., [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
                for day in 1...days {
                    let text = "\(year)-\(twoDigits(month))-\(twoDigits(day))T00:00:00Z"
                    let time = try EventTime(text)
                    guard time.secondsSinceEpoch == expected, time.description == text else {
                        Issue.record("\(text) was read as \(time)")
                        return
                    }
                    expected += 86_400
                }
            }
        }
    }

    @Test(
        "is made of a timestamp, before 1970 too",
        arguments: [
            (0, 0, 0), (1, 0, 1_000_000), (999, 0, 999_000_000), (1_000, 1, 0), (-1, -1, 999_000_000), (-1_000, -1, 0),
            (-1_001, -2, 999_000_000),
        ] as [(Int64, Int64, Int32)]
    )
    func fromTimestamp(milliseconds: Int64, seconds: Int64, nanoseconds: Int32) {
        let time = EventTime(Timestamp(millisecondsSinceEpoch: milliseconds))
        #expect(time == EventTime(secondsSinceEpoch: seconds, nanoseconds: nanoseconds))
    }

    private func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

@Suite("A timestamp")
struct TimestampTests {
    @Test(
        "is written with three digits of a second's fraction",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (1_705_314_600_120, "2024-01-15T10:30:00.120Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        ] as [(Int64, String)]
    )
    func writing(milliseconds: Int64, text: String) {
        #expect(Timestamp(millisecondsSinceEpoch: milliseconds).description == text)
    }

    @Test(
        "is written as the nearest moment that has a form, whatever a wrong clock says",
        arguments: [Int64.min, .max]
    )
    func outOfRange(milliseconds: Int64) {
        let text = Timestamp(millisecondsSinceEpoch: milliseconds).description
        #expect(text.hasPrefix(milliseconds < 0 ? "0000-01-01T00:00:00" : "9999-12-31T23:59:59"))
    }

    @Test("of this moment is in this millennium and does not run backwards by much")
    func now() {
        let first = Timestamp.now()
        #expect(first.description.hasPrefix("2"))
        #expect(Timestamp.now().millisecondsSinceEpoch > first.millisecondsSinceEpoch - 60_000)
    }
}
