import EventModel
import Foundation
import SQLite
import Testing

@testable import EventLedger

/// A copy of a store that replaces the store, and the numbers that it skips.
@Suite struct RestorationTests {
    private let folder = TemporaryFolder()
    private var copy: String { folder.path + "/copy.db" }

    /// Copies the store, which nobody has open.
    private func backUp() throws {
        for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: copy + ending) }
        try FileManager.default.copyItem(atPath: folder.store, toPath: copy)
    }

    @Test("no id of a contact is given out twice, and contacts are counted and listed page by page as before")
    func contacts() async throws {
        var ids: [ContactID] = []
        func create(_ name: String, in account: Account.ID, of store: SQLiteEventStore) async throws {
            let new = try NewContact(email: try EmailAddress("\(name)@example.com"), phoneNumber: nil)
            guard case .created(let contact) = try await store.perform(.create(new), in: account) else {
                Issue.record("\(name) was not created")
                return
            }
            ids.append(contact.id)
        }
        var names = ["ann"]
        try await withStore(in: folder) { store in
            _ = try await store.createAccount("acme")
            try await create("ann", in: try await store.defaultAccount, of: store)
        }
        try backUp()
        try await withStore(in: folder) { store in
            for number in 0..<3 { try await create("lost-\(number)", in: try await store.defaultAccount, of: store) }
            let acme = try #require(try await store.account(named: "acme")).id
            try await create("lost", in: acme, of: store)
        }
        for round in 0..<3 {
            #expect(try await SQLiteEventStore.restore(at: folder.store, from: copy).accounts == 2)
            try await withStore(in: folder) { store in
                let account = try await store.defaultAccount
                for number in 0..<4 {
                    try await create("new-\(round)-\(number)", in: account, of: store)
                    names.append("new-\(round)-\(number)")
                }
                let acme = try #require(try await store.account(named: "acme")).id
                try await create("new-\(round)", in: acme, of: store)
                let gone = try EmailAddress("new-\(round)-1@example.com")
                _ = try await store.perform(.delete(.email(gone)), in: account)
                names.removeAll { $0 == "new-\(round)-1" }
                #expect(try await store.verify().isEmpty)
                #expect(try await store.status().contacts == names.count + 1 + round)
            }
            try backUp()
        }
        #expect(Set(ids).count == ids.count)
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            for offset in 0...names.count + 1 {
                for limit in [1, 3, 100] {
                    let page = try await store.contacts(in: account, offset: offset, limit: limit)
                    #expect(page.totalCount == names.count)
                    let expected = names.dropFirst(offset).prefix(limit).map { "\($0)@example.com" }
                    #expect(page.contacts.compactMap(\.email?.address) == expected, "\(offset), \(limit)")
                }
            }
        }
    }

    @Test("no number is given out twice where the same copy is restored again, whatever came in between")
    func sameCopyAgain() async throws {
        try await withStore(in: folder) { store in
            _ = try await store.ingest(try event(), into: try await store.defaultAccount)
            _ = try await OAuthAppTests.makeApp(store, .random())
        }
        try backUp()
        var events: [EventID] = []
        var contacts: [ContactID] = []
        var accounts: [Account.ID] = []
        var versions: [Int64] = []
        var cursor: FeedCursor?
        for round in 0..<3 {
            #expect(try await SQLiteEventStore.restore(at: folder.store, from: copy).knowsReplacedNumbers)
            try await withStore(in: folder) { store in
                let account = try await store.defaultAccount
                for number in 0..<3 {
                    let event = try event(email: "\(round)-\(number)@example.com")
                    events.append(try #require(try await store.ingest(event, into: account).eventID))
                    let contact = try await store.contact(event.contact, in: account)
                    contacts.append(try #require(contact).id)
                }
                let page = try await store.events(in: account, after: cursor)
                #expect(Array(page.events.suffix(3)).map(\.id) == Array(events.suffix(3)))
                cursor = page.nextCursor
                accounts.append(try await store.createAccount("new-\(round)"))
                versions.append(try #require(try await store.apps(of: account).first).secretVersion)
                #expect(try await store.verify().isEmpty)
            }
        }
        #expect(Set(events).count == 9 && Set(contacts).count == 9)
        #expect(Set(accounts).count == 3 && Set(versions).count == 3)
    }

    @Test("numbers that no store gives out, in a damaged one that is replaced, are not passed over")
    func damagedNumbers() async throws {
        try await withStore(in: folder) { store in _ = try await OAuthAppTests.makeApp(store, .random()) }
        try backUp()
        try folder.change(
            """
            UPDATE store SET last_account = \(Int64.max);
            UPDATE accounts SET last_event = \(Int64.max), last_contact = \(Int64.max);
            UPDATE oauth_apps SET secret_version = \(Int64.max)
            """
        )
        #expect(try await SQLiteEventStore.restore(at: folder.store, from: copy).knowsReplacedNumbers)
        try await withStore(in: folder) { store in
            _ = try await store.createAccount("new")
            #expect(try await store.ingest(try event(), into: try await store.defaultAccount).isAccepted)
            #expect(try await store.verify().isEmpty)
        }
    }

    @Test("the numbers of a store that cannot be read any more are not known, which is told")
    func unreadable() async throws {
        try await openStore(folder.store).close()
        try backUp()
        try Data(repeating: 7, count: 10_000).write(to: URL(fileURLWithPath: folder.store))
        #expect(try await !SQLiteEventStore.restore(at: folder.store, from: copy).knowsReplacedNumbers)
        let findings = try await withStore(in: folder) { store in try await store.verify() }
        #expect(findings.isEmpty)
    }

    @Test("a contact that was made since the copy is not known")
    func lostContact() async throws {
        try await withStore(in: folder) { store in
            _ = try await store.ingest(try event(), into: try await store.defaultAccount)
        }
        try backUp()
        let lost = try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            _ = try await store.ingest(try event(email: "lost@example.com"), into: account)
            return try #require(try await store.contact(.email(try EmailAddress("lost@example.com")), in: account)).id
        }
        _ = try await SQLiteEventStore.restore(at: folder.store, from: copy)
        try await withStore(in: folder) { store in
            let account = try await store.defaultAccount
            #expect(try await store.contact(.id(lost), in: account) == nil)
        }
    }

    @Test("no access token is good again by a secret that has the number of a forgotten one")
    func secretVersions() async throws {
        let app = try await withStore(in: folder) { store in try await OAuthAppTests.makeApp(store, .random()) }
        try backUp()
        func rotate() async throws -> Int64 {
            try await withStore(in: folder) { store in
                let digest = ClientSecret.random().digest.bytes
                _ = try await store.perform(.rotateAppSecret(account: "default", id: app.id, secretDigest: digest))
                return try #require(try await store.apps(of: app.account).first).secretVersion
            }
        }
        let forgotten = [try await rotate(), try await rotate()]
        _ = try await SQLiteEventStore.restore(at: folder.store, from: copy)
        let later = [try await rotate(), try await rotate()]
        #expect(Set(forgotten).isDisjoint(with: later))
        #expect(try #require(later.min()) > (try #require(forgotten.max())))
    }

    @Test("numbers that come to their end are passed over as far as they are left")
    func lastNumbers() async throws {
        try await openStore(folder.store).close()
        let last = Limits.sequencePerAccount - 5
        try folder.change(
            """
            INSERT INTO erasures VALUES ((1 << 40) + 1, (1 << 40) + \(last), 0);
            INSERT INTO contact_gaps VALUES ((1 << 40) + 1, (1 << 40) + \(last), 0);
            UPDATE accounts SET last_event = \(last), last_contact = \(last) WHERE account_id = 1;
            UPDATE store SET last_account = \(Limits.accounts - 5)
            """
        )
        for _ in 0..<2 {
            try await openStore(folder.store).close()
            try backUp()
            _ = try await SQLiteEventStore.restore(at: folder.store, from: copy)
            try await withStore(in: folder) { store in
                #expect(try await store.verify().isEmpty)
                let outcome = try await store.perform(.createAccount(name: "one-more", isStrict: false))
                #expect(outcome == .refused(.tooManyAccounts))
            }
        }
    }
}
