import EventModel
import Testing

@Suite("A value that only a damaged file can hold")
struct DamagedValueTests {
    @Test(
        "is written as the nearest time that has a form",
        arguments: [
            (1_705_314_600, -1, "2024-01-15T10:30:00Z"),
            (1_705_314_600, .min, "2024-01-15T10:30:00Z"),
            (1_705_363_199, 2_000_000_000, "2024-01-15T23:59:60.999999999Z"),
            (1_705_363_199, .max, "2024-01-15T23:59:60.999999999Z"),
            (.min, 0, "0000-01-01T00:00:00Z"),
            (.max, 0, "9999-12-31T23:59:59Z"),
        ] as [(Int64, Int32, String)]
    )
    func time(seconds: Int64, nanoseconds: Int32, written: String) throws {
        let time = EventTime(secondsSinceEpoch: seconds, nanoseconds: nanoseconds)
        #expect(time.description == written)
        #expect(throws: Never.self) { try EventTime(written) }
    }
}
