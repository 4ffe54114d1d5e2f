import EventModel
import Foundation
import SQLite
import Testing

@testable import EventLedger

@Suite("Dry runs")
struct DryRunTests {
    @Test("tell what an event would come to, and leave nothing behind")
    func outcomes() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let given = try event(key: "k")
            #expect(try await store.dryRun(given, into: account) == .accepted(contact: .new))
            #expect(try await store.dryRun(given, into: account) == .accepted(contact: .new))
            #expect(try await store.events(in: account).events.isEmpty)
            #expect(try await store.contacts(in: account, offset: 0, limit: 1).totalCount == 0)
            #expect(try await store.history(of: try IdempotencyKey("k"), in: account) == nil)

            guard case .accepted(let stored) = try await store.ingest(given, into: account) else {
                Issue.record("the key of a dry run stays free")
                return
            }
            let contact = try #require(
                try await store.contact(.email(try EmailAddress("ada@example.com")), in: account)
            )
            #expect(try await store.dryRun(given, into: account) == .replayed(stored, payloadDiffers: false))
            #expect(
                try await store.dryRun(try event(data: "{}", key: "k"), into: account)
                    == .replayed(stored, payloadDiffers: true)
            )
            #expect(
                try await store.dryRun(try event(key: "new"), into: account) == .accepted(contact: .found(contact.id))
            )
            let key = try IdempotencyKey("k")
            #expect(try await store.dryRun(replayOf: key, in: account) == .replayed(stored, payloadDiffers: true))
            #expect(try await store.dryRun(replayOf: try IdempotencyKey("x"), in: account) == nil)
            // None of these was a repeat.
            let history = try #require(try await store.history(of: key, in: account))
            #expect((history.replays, history.mismatches) == (0, 0))
            #expect(try await store.mismatches(in: account, after: 0, limit: 1).mismatches.isEmpty)

            let unknown = NewEvent(
                type: try EventType("t"),
                contact: .id(try #require(ContactID("cus_0000000000000000")))
            )
            #expect(try await store.dryRun(unknown, into: account) == .unknownContact)
            #expect(
                try await store.dryRun(given, into: Account.ID(rawValue: 99)) == .rejected(.unknownAccount)
            )
            _ = try await store.perform(.createAccount(name: "strict", isStrict: true))
            let strict = try #require(try await store.account(named: "strict")).id
            _ = try await store.ingest(given, into: strict)
            #expect(
                try await store.dryRun(try event(data: "{}", key: "k"), into: strict)
                    == .rejected(.keyReusedWithAnotherPayload)
            )
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("among other commands of one transaction disturb none of them", arguments: 1...4)
    func mixed(seed: UInt64) throws {
        let folder = TemporaryFolder()
        let path = try StorePath(folder.store)
        let opened = try StoreOpening.openForWriting(path)
        let hashers = opened.hashers
        var session = try WriterSession.open(opened, tokenIndex: TokenIndex(), LedgerParameters()) { _ in }
        let account = Account.ID(rawValue: 1)
        func prepared(_ number: Int) throws -> PreparedEvent {
            PreparedEvent(
                try event(email: "c\(number % 7)@example.com", key: "k\(number)"),
                for: account,
                hashers
            )
        }
        // Every third command is a dry run of an event that is ingested later or was ingested before.
        var commands: [WriterCommand] = []
        for number in 0..<60 {
            commands.append(.ingest(try prepared(number), account: account, completion: .call { _ in }))
            let offset = Int(seed) * 5
            commands.append(.dryRun(try prepared(number + offset), account: account) { _ in })
            commands.append(.dryRun(try prepared(max(0, number - offset)), account: account) { _ in })
        }
        let outcomes = try session.run(&commands)
        var events: [EventID] = []
        for (index, outcome) in outcomes.enumerated() {
            switch outcome {
            case .ingest(.accepted(let stored)): events.append(stored.eventID)
            case .dryRun(.accepted) where index % 3 == 1: break
            case .dryRun(.replayed(let stored, payloadDiffers: false)) where index % 3 == 2:
                #expect(events.contains(stored.eventID))
            default: Issue.record("command \(index): \(outcome)")
            }
        }
        #expect(events.count == 60)
        #expect(Set(events).count == 60)
        #expect(try session.connection.integer("SELECT count(*) FROM contacts") == 7)
        #expect(try session.connection.integer("SELECT last_event FROM accounts") == 60)
        #expect(try session.connection.integer("SELECT max(entry) FROM idempotency") == 60)
        // And once more, now that everything is known.
        var again: [WriterCommand] = [.ingest(try prepared(3), account: account, completion: .call { _ in })]
        guard case .ingest(.replayed(let stored, payloadDiffers: false)) = try session.run(&again)[0] else {
            Issue.record("a key is known after dry runs of it")
            return
        }
        #expect(stored.eventID == events[3])
    }

    @Test("by themselves write nothing at all")
    func writeNothing() async throws {
        let folder = TemporaryFolder()
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            _ = try await store.ingest(try event(key: "k"), into: account)
            let log = folder.store + "-wal"
            let before = StorePath.size(of: log)
            for number in 0..<20 {
                let given = try event(email: "n\(number)@example.com", key: "n\(number)")
                #expect(try await store.dryRun(given, into: account) == .accepted(contact: .new))
            }
            #expect(StorePath.size(of: log) == before)
            #expect(try await store.ingest(try event(key: "next"), into: account).isAccepted)
            #expect(try await store.verify().isEmpty)
        }
    }
}
