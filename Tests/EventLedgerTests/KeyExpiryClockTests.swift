import EventModel
import SQLite
import Testing

@testable import EventLedger

@Suite("Keys that expire while the clock is wrong")
struct KeyExpiryClockTests {
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 24 * hour

    private func setWindow(_ milliseconds: Int64?, _ session: inout WriterSession) throws {
        let change = StoreChange.setKeyRetention(account: Account.defaultName, milliseconds: milliseconds)
        _ = try session.run([.change(change) { _ in }])
    }

    @Test("a clock that goes back takes no key along that is not due", arguments: [false, true])
    func goesBack(isReopened: Bool) throws {
        let folder = TemporaryFolder()
        func accepts(_ number: Int, at seconds: Int64, _ session: inout WriterSession) throws -> Bool {
            session.clock = { Timestamp(millisecondsSinceEpoch: seconds * 1_000) }
            return try session.accepts("key-\(number)")
        }
        do {
            var session = try openSession(in: folder)
            #expect(try accepts(0, at: 100, &session))
            #expect(try accepts(1, at: 200, &session))
            if !isReopened { for number in 2...3 { #expect(try accepts(number, at: 50, &session)) } }
        }
        var session = try openSession(in: folder)
        if isReopened { for number in 2...3 { #expect(try accepts(number, at: 50, &session)) } }
        session.clock = { Timestamp(millisecondsSinceEpoch: 300_000) }
        _ = try session.run([.change(.expireKeys(olderThanMilliseconds: 150_000)) { _ in }])
        #expect(try accepts(0, at: 300, &session))
        for number in 1...3 { #expect(try !accepts(number, at: 300, &session), "key \(number)") }
        #expect(
            try session.connection.integer(
                """
                SELECT count(*) FROM idempotency a
                JOIN idempotency b ON a.entry < b.entry AND a.accepted_at_ms > b.accepted_at_ms
                """
            ) == 0
        )
    }

    @Test("a window that was set while the clock was ahead leaves later keys alone", arguments: [7 * day, nil])
    func wasAhead(milliseconds: Int64?) throws {
        let folder = TemporaryFolder()
        do {
            var session = try openSession(in: folder)
            try setWindow(Self.hour, &session)
            #expect(try session.accepts("before"))
            session.clock = { .now().advanced(byMilliseconds: 2 * Self.day) }
            try setWindow(milliseconds, &session)
            session.clock = Timestamp.now
            #expect(try session.accepts("k"))
            #expect(try !session.accepts("k"))
            // Nor does it set the ledger's own times ahead.
            let last = try session.connection.integer("SELECT max(accepted_at_ms) FROM idempotency") ?? .max
            #expect(last <= Timestamp.now().millisecondsSinceEpoch + 1)
        }
        // A store in which an earlier version stored such a time.
        try folder.change(
            "UPDATE accounts SET keys_live_since_ms = \(Timestamp.now().advanced(byMilliseconds: Self.day).millisecondsSinceEpoch)"
        )
        var session = try openSession(in: folder)
        #expect(try session.accepts("later"))
        #expect(try !session.accepts("later"))
        #expect(try session.connection.integer("SELECT first_live_entry FROM store") ?? .max <= 3)
        // If one account's were ahead, it would delay the expiry of all others.
        let last = try session.connection.integer("SELECT max(accepted_at_ms) FROM idempotency") ?? .max
        #expect(last <= Timestamp.now().millisecondsSinceEpoch + 1)
    }

    @Test("after the clock was ahead, the room of expired keys is given back before it is that time")
    func lookedForAgain() throws {
        let folder = TemporaryFolder()
        var session = try openSession(in: folder)
        try setWindow(Self.hour, &session)
        session.clock = { .now().advanced(byMilliseconds: 2 * Self.day) }
        // Without a key, so that the ledger's own times do not advance.
        _ = try session.run([.prepared(try event(), Account.ID(rawValue: 1))])
        session.clock = Timestamp.now
        #expect(try session.accepts("old"))
        session.clock = { .now().advanced(byMilliseconds: 2 * Self.hour) }
        #expect(try session.accepts("new"))
        #expect(try session.connection.integer("SELECT first_live_entry FROM store") == 2)
    }

    @Test("a key that is accepted after the clock went back behind the end of a window is not taken for an expired one")
    func acceptedBehindWindow() throws {
        let folder = TemporaryFolder()
        var session = try openSession(in: folder)
        session.clock = { Timestamp(millisecondsSinceEpoch: 100_000 * 1_000) }
        try setWindow(Self.hour, &session)
        #expect(try session.accepts("a"))
        session.clock = { Timestamp(millisecondsSinceEpoch: 200_000 * 1_000) }
        try setWindow(nil, &session)
        session.clock = { Timestamp(millisecondsSinceEpoch: 100_000 * 1_000) }
        #expect(try session.accepts("k"))
        #expect(try !session.accepts("k"))
        #expect(try session.accepts("a"))
        #expect(try !session.accepts("a"))
    }

    @Test("what is exactly as old as is given has not expired")
    func boundary() throws {
        let folder = TemporaryFolder()
        var session = try openSession(in: folder)
        session.clock = { Timestamp(millisecondsSinceEpoch: 100 * 1_000) }
        #expect(try session.accepts("a"))
        session.clock = { Timestamp(millisecondsSinceEpoch: 200 * 1_000) }
        #expect(try session.accepts("b"))
        session.clock = { Timestamp(millisecondsSinceEpoch: 300 * 1_000) }
        _ = try session.run([.change(.expireKeys(olderThanMilliseconds: 100_000)) { _ in }])
        #expect(try !session.accepts("b"))
        #expect(try session.accepts("a"))
        try setWindow(100_000, &session)
        session.clock = { Timestamp(millisecondsSinceEpoch: 300 * 1_000) }
        #expect(try !session.accepts("b"))
        #expect(try session.connection.integer("SELECT first_live_entry FROM store") == 2)
    }
}
