import EventModel
import SQLite
import Testing

@testable import EventLedger

@Suite("Several accounts in one transaction")
struct AccountTests {
    @Test("an account's numbers are kept when the transaction comes back to it only for a repeat")
    func comeBackToForARepeat() throws {
        let folder = TemporaryFolder()
        let (first, second) = (Account.ID(rawValue: 1), Account.ID(rawValue: 2))
        do {
            var session = try openSession(in: folder)
            var commands: [WriterCommand] = [.change(.createAccount(name: "second", isStrict: false)) { _ in }]
            _ = try session.run(&commands)
            commands = [
                try .prepared(try event(key: "a"), first), try .prepared(try event(key: "b"), second),
                try .prepared(try event(key: "a"), first),
            ]
            _ = try session.run(&commands)
        }
        var session = try openSession(in: folder)
        #expect(try session.connection.integer("SELECT last_event FROM accounts WHERE account_id = 1") == 1)
        #expect(try session.connection.integer("SELECT last_event FROM accounts WHERE account_id = 2") == 1)
        var commands = [try WriterCommand.prepared(try event(key: "c"), first)]
        guard case .ingest(.accepted) = try session.run(&commands)[0] else {
            Issue.record("a new event was not accepted")
            return
        }
    }
}
