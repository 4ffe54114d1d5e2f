import EventModel
import SQLite
import Testing

@testable import EventLedger

/// The parts of the ledger's index and the counts that are in memory must be rolled back with a transaction.
@Suite("When a transaction is taken back that the index had a part in")
struct RolledBackIndexTests {
    private let account = Account.ID(rawValue: 1)

    private func command(_ key: String, _ session: borrowing WriterSession) throws -> WriterCommand {
        try .prepared(try event(key: key), account, session.hashers)
    }

    private func expectSound(_ folder: TemporaryFolder) async throws {
        let reader = SQLiteEventReader(try StorePath(folder.store), .small)
        #expect(try await reader.verify().isEmpty)
        await reader.close()
    }

    @Test("a segment that was being built is built again, and every key is known", arguments: [false, true])
    func sealing(inBackground: Bool) async throws {
        let folder = TemporaryFolder()
        do {
            var session = try openSession(in: folder, .small)
            var number = 0
            while session.ledger.index.frozen == nil {
                #expect(try session.accepts("key-\(number)"))
                number += 1
            }
            try folder.change("CREATE TRIGGER t BEFORE INSERT ON ledger_summaries BEGIN SELECT RAISE(ABORT, 'no'); END")
            if inBackground {
                do {
                    for _ in 0..<2 { try session.workInBackground() }
                    Issue.record("nothing was refused")
                } catch {}
            } else {
                let batch = try (0..<60).map { try command("more-\($0)", session) }
                #expect(throws: (any Error).self) { try session.run(batch) }
            }
            try folder.change("DROP TRIGGER t")
            for more in 0..<300 { #expect(try session.accepts("more-\(more)")) }
            while session.hasBackgroundWork { try session.workInBackground() }
            for known in 0..<number { #expect(try !session.accepts("key-\(known)")) }
            for known in 0..<300 { #expect(try !session.accepts("more-\(known)")) }
            let isSuspended = session.ledger.isMergingSuspended
            #expect(!isSuspended)
        }
        try await expectSound(folder)
    }

    @Test("keys of a transaction that failed, or of dry runs, leave nothing behind", arguments: [false, true])
    func keys(areDry: Bool) async throws {
        let folder = TemporaryFolder()
        do {
            var session = try openSession(in: folder, .small)
            #expect(try session.accepts("first"))
            if areDry {
                for number in 0..<30 {
                    let event = PreparedEvent(try event(key: "dry-\(number)"), for: account, session.hashers)
                    _ = try session.run([.dryRun(event, account: account) { _ in }])
                }
            } else {
                try session.fail(try (0..<30).map { try command("failed-\($0)", session) })
            }
            let count = session.ledger.footprint.unsealedEntries
            #expect(count == 1)
            for number in 0..<200 { #expect(try session.accepts("key-\(number)")) }
            while session.hasBackgroundWork { try session.workInBackground() }
        }
        try await expectSound(folder)
    }

    @Test("counts of repeats that were to be written with it are written later")
    func counts() throws {
        let folder = TemporaryFolder()
        var session = try openSession(in: folder)
        #expect(try session.accepts("k"))
        for _ in 0..<2 { #expect(try !session.accepts("k")) }
        try folder.change("CREATE TRIGGER t BEFORE INSERT ON replays BEGIN SELECT RAISE(ABORT, 'no'); END")
        #expect(throws: (any Error).self) { try session.accepts("new") }
        try folder.change("DROP TRIGGER t")
        #expect(try session.accepts("new"))
        while session.hasPendingNotes { try session.workInBackground() }
        #expect(try session.connection.integer("SELECT sum(replays) FROM replays") == 2)
    }

    @Test("counts that are put back are added to those that came meanwhile")
    func tally() {
        var tally = ReplayTally()
        for _ in 0..<2 { tally.note(entry: 1, payloadDiffers: false, at: .now()) }
        let taken = tally.take(9)
        tally.note(entry: 1, payloadDiffers: true, at: .now())
        tally.putBack(taken)
        #expect(tally.take(9).map(\.count.replays) == [3])
    }
}
