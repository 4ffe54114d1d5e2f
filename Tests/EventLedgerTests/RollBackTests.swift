import EventModel
import SQLite
import Testing

@testable import EventLedger

/// What a transaction that fails did in memory before: none of it may come to light with a later one.
@Suite("After a transaction that failed")
struct RollBackTests {
    private let account = Account.ID(rawValue: 1)

    private func ingest(_ key: String, _ session: inout WriterSession) throws -> IngestOutcome? {
        guard case .ingest(let outcome) = try session.run([.prepared(try event(key: key), account)])[0] else {
            return nil
        }
        return outcome
    }

    @Test("keys that it let expire are still known")
    func expiry() throws {
        let folder = TemporaryFolder()
        var session = try openSession(in: folder)
        _ = try ingest("k", &session)
        session.clock = { Timestamp(millisecondsSinceEpoch: Timestamp.now().millisecondsSinceEpoch + 86_400_000) }
        try session.fail([.change(.expireKeys(olderThanMilliseconds: 1_000)) { _ in }])
        #expect(try ingest("another", &session)?.isAccepted == true)
        #expect(try ingest("k", &session)?.isAccepted == false)
    }

    @Test("a token that it made is not good, and its repeats and other payloads are not counted")
    func tokensAndNotes() throws {
        let folder = TemporaryFolder()
        let index = TokenIndex()
        var session = try openSession(in: folder, tokenIndex: index)
        _ = try ingest("k", &session)
        let secret = TokenDigest(hashing: "secret")
        let token = StoreChange.createToken(
            account: Account.defaultName,
            name: "t",
            scopes: ScopeSet([.eventsWrite]),
            digest: secret.bytes,
            expiresAt: nil
        )
        try session.fail([
            .prepared(try event(data: #"{"another":1}"#, key: "k"), account), .change(token) { _ in },
        ])
        #expect(try ingest("another", &session)?.isAccepted == true)
        #expect(index.authorization(for: secret, at: .now()) == nil)
        let isPending = session.hasPendingNotes
        #expect(!isPending)
    }
}

@Suite("A command that is at fault")
struct FaultyCommandTests {
    @Test("fails alone: the others of its transaction get through, without a gap")
    func apart() async throws {
        let folder = TemporaryFolder()
        try await openStore(folder.store).close()
        // Stands for whatever SQLite may refuse of a single command.
        try folder.change(
            "CREATE TRIGGER t BEFORE INSERT ON events WHEN NEW.event_type = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            let results = await store.ingest(try ["good", "bad", "good"].map { try event($0) }, into: account)
            let isAccepted = results.map { (try? $0.get())?.isAccepted }
            #expect(isAccepted == [true, nil, true])
            #expect(try await store.events(in: account).events.map(\.sequence) == [1, 2])
            #expect(try await store.verify().isEmpty)
        }
    }
}
