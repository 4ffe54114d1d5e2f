import EventModel
import SQLite
import Testing

@testable import EventLedger

/// Segments in which some of the keys have expired.
@Suite struct ExpiredSegmentTests {
    @Test("a segment stays whose last entry is the first that has not expired")
    func lastOfSegment() throws {
        let folder = TemporaryFolder()
        var session = try openSession(in: folder, .small)
        session.clock = { Timestamp(millisecondsSinceEpoch: 100_000) }
        for number in 1...63 { #expect(try session.accepts("key-\(number)")) }
        session.clock = { Timestamp(millisecondsSinceEpoch: 200_000) }
        #expect(try session.accepts("key-64"))
        for _ in 0..<20 { try session.workInBackground() }
        session.clock = { Timestamp(millisecondsSinceEpoch: 300_000) }
        _ = try session.run([.change(.expireKeys(olderThanMilliseconds: 150_000)) { _ in }])
        for _ in 0..<20 { try session.workInBackground() }
        #expect(try session.connection.integer("SELECT first_live_entry FROM store") == 64)
        #expect(try session.connection.integer("SELECT last_entry FROM ledger_segments") == 64)
        #expect(try !session.accepts("key-64"))
    }
}
