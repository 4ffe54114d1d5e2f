import EventModel
import Logging
import SQLite
import Synchronization

@testable import EventLedger

/// The clock of a workload.
final class Clock {
    var now = Workload.start
}

/// How a store is opened: as it should be, or with one durability rule left out, which the tests have to notice.
enum Opening: String, CaseIterable, Sendable {
    case real
    case withoutCheckpoint
    case withoutEpoch
    case withNormalSynchronization
}

/// The writer's own code on a simulated disk, without its thread: it works only when called.
final class SimulatedStore {
    private var loop: WriterLoop?
    private let mailbox = WriterMailbox()
    let identifiers: IdentifierCodec
    let hashers: StoreHashers
    /// What had to be repaired to open the store.
    let repairs: [String]
    /// Kept, because a disk must outlive the files that are open on it.
    private let disk: Disk

    init(on disk: Disk, _ clock: Clock, _ opening: Opening = .real) throws(StoreError) {
        self.disk = disk
        let opened = try opening.open(disk.store)
        identifiers = opened.identifiers
        hashers = opened.hashers
        let notes = Notes()
        do throws(SQLiteError) {
            var session = try WriterSession.open(opened, tokenIndex: TokenIndex(), .tiny) { notes.lines.append($0) }
            session.clock = { Timestamp(millisecondsSinceEpoch: clock.now) }
            session.checkpoints = CheckpointPlan(pages: 40)
            repairs = notes.lines
            loop = WriterLoop(
                session: session,
                mailbox: mailbox,
                path: disk.store,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            )
        } catch {
            throw StoreError(error)
        }
    }

    deinit { loop = nil }

    private final class Notes {
        var lines: [String] = []
    }

    /// Why the store stopped, if it did.
    var refusal: StoreError? { mailbox.refusal }

    /// Runs requests in one transaction.
    ///
    /// - Returns: The answers to each request: one for each event, or one for anything else.
    func run(_ requests: [Request]) -> [[Answer]] {
        if let refusal { return requests.map { Array(repeating: .failed(refusal), count: max(1, $0.drafts.count)) } }
        let boxes = requests.map { _ in AnswerBox() }
        let commands = zip(requests, boxes).map { command(for: $0, $1) }
        // Nobody waits in the mailbox, so the loop answers the callers before it returns.
        loop?.take(.run(commands, TransactionRoom()))
        return boxes.map { $0.answers.withLock { $0 } }
    }

    /// The pages in the log after the last commit; 0 once the store is closed.
    var logPages: Int32 { loop?.session.connection.logPages ?? 0 }

    /// Which frames that end a transaction have reached the log; nil once the store is closed.
    var logEnds: LogEnds? { loop?.session.connection.logEnds }

    /// Commits transactions that change nothing until the log has that many pages.
    func fillLog(to pages: Int32) throws {
        while loop != nil, logPages < pages { try loop?.session.commitPage() }
    }

    /// Opens a transaction and leaves it open, like one that could not be rolled back.
    func leaveTransactionOpen() throws {
        try loop?.session.connection.execute("BEGIN")
    }

    /// Makes SQLite refuse events of a type, to stand for any error of a single command.
    func refuseEvents(ofType type: String) throws {
        try loop?.session.connection.execute(
            """
            CREATE TEMP TRIGGER refusal BEFORE INSERT ON main.events WHEN NEW.event_type = '\(type)'
            BEGIN SELECT RAISE(ABORT, 'refused'); END
            """
        )
    }

    /// Does one slice of the work that the writer does when nobody waits.
    func workInBackground() {
        guard refusal == nil else { return }
        loop?.take(.workInBackground)
    }

    /// Closes the store as a server does that is told to stop. Releasing it without this is like the end of a process.
    func close() {
        mailbox.close()
        guard let loop = loop.take() else { return }
        _ = loop.close()
    }

    private func command(for request: Request, _ box: AnswerBox) -> WriterCommand {
        let identifiers = identifiers
        switch request {
        case .ingest(let draft):
            let account = draft.account
            return .ingest(
                prepared(draft),
                account: Account.ID(rawValue: account),
                completion: .call { box.set([Answer($0, account, identifiers)]) }
            )
        case .ingestMany(let drafts):
            let account = drafts[0].account
            return .ingestMany(drafts.map(prepared), account: Account.ID(rawValue: account)) { results in
                box.set(results.map { Answer($0, account, identifiers) })
            }
        case .dryRun(let draft):
            let account = Account.ID(rawValue: draft.account)
            return .dryRun(prepared(draft), account: account) { box.set([Answer(done: $0)]) }
        case .createContact(let account, let email):
            let contact = try! NewContact(email: try! EmailAddress(email), phoneNumber: nil)
            return .contact(.create(contact), account: Account.ID(rawValue: account)) { box.set([Answer(done: $0)]) }
        case .deleteContact(let account, let contact):
            return .contact(.delete(contact.reference), account: Account.ID(rawValue: account)) {
                box.set([Answer(done: $0)])
            }
        case .createAccount(let name): return change(.createAccount(name: name, isStrict: false), box)
        case .createToken(let account, let number):
            let digest = Array(repeating: number, count: TokenDigest.byteCount)
            return change(
                .createToken(
                    account: account,
                    name: "t",
                    scopes: ScopeSet([.eventsWrite]),
                    digest: digest,
                    expiresAt: nil
                ),
                box
            )
        case .setKeyRetention(let account, let milliseconds):
            return change(.setKeyRetention(account: account, milliseconds: milliseconds), box)
        case .expireKeys(let milliseconds): return change(.expireKeys(olderThanMilliseconds: milliseconds), box)
        case .eraseEvents(let account, let numbers):
            let events = numbers.map {
                identifiers.eventID(at: Position(account: Account.ID(rawValue: account), number: $0))
            }
            return change(.eraseEvents(account: account == 1 ? Account.defaultName : "second", events), box)
        case .settle: return .settle { box.set([Answer(done: $0)]) }
        }
    }

    private func change(_ change: StoreChange, _ box: AnswerBox) -> WriterCommand {
        .change(change) { box.set([Answer(done: $0)]) }
    }

    private func prepared(_ draft: EventDraft) -> PreparedEvent {
        PreparedEvent(draft.event, for: Account.ID(rawValue: draft.account), hashers)
    }
}

/// Where an answer is stored.
private final class AnswerBox: Sendable {
    let answers = Mutex<[Answer]>([])

    func set(_ new: [Answer]) {
        answers.withLock { $0 = new }
    }
}

extension Answer {
    fileprivate init<Value>(done result: Result<Value, StoreError>) {
        switch result {
        case .success: self = .done
        case .failure(let error): self = .failed(error)
        }
    }
}

extension Opening {
    /// Opens a store like the real opening, except for what is left out.
    func open(_ path: StorePath) throws(StoreError) -> OpenedStore {
        if self == .real { return try StoreOpening.openForWriting(path, .tiny) }
        let connection = try mappingErrors { () throws(SQLiteError) in
            try Connection(path: path.database, mode: .readWrite, fileSystem: path.fileSystem)
        }
        let found = try Migrator().version(of: connection)
        try StoreOpening.configure(connection)
        if self != .withoutCheckpoint { try StoreOpening.copyLog(connection) }
        try Migrator().migrate(connection, at: .now())
        if self != .withoutEpoch { try StoreOpening.beginEpoch(connection, at: .now()) }
        if self == .withNormalSynchronization {
            try mappingErrors { () throws(SQLiteError) in try connection.execute("PRAGMA synchronous = NORMAL") }
        }
        return try OpenedStore(connection, migratedFrom: found, .tiny)
    }
}
