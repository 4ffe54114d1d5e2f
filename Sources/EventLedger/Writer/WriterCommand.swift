import EventModel

/// What the writer is asked to do, and who gets the result.
enum WriterCommand: Sendable {
    typealias Completion<Value> = @Sendable (Result<Value, StoreError>) -> Void

    /// Take an event in.
    case ingest(PreparedEvent, account: Account.ID, completion: IngestCompletion)
    /// Take events in, each with its own outcome.
    case ingestMany(
        [PreparedEvent],
        account: Account.ID,
        completion: @Sendable ([Result<IngestOutcome, StoreError>]) -> Void
    )
    /// Take an event in, and roll that back.
    case dryRun(PreparedEvent, account: Account.ID, completion: Completion<DryRunOutcome>)
    /// Give a key's answer for a payload that could not have been accepted; in a dry run it does not count as a replay.
    case replay(
        IdempotencyKey,
        KeyHash,
        account: Account.ID,
        isDryRun: Bool,
        completion: Completion<IngestOutcome?>
    )
    /// Find a key's entry, and write down what is so far only in memory about it.
    case find(IdempotencyKey, KeyHash, account: Account.ID, completion: Completion<Int64?>)
    /// Change an account's contacts.
    case contact(ContactChange, account: Account.ID, completion: Completion<ContactChange.Outcome>)
    /// Carry out an operator's change.
    case change(StoreChange, completion: Completion<StoreChange.Outcome>)
    /// Write down what is so far only in memory: the counts of replays.
    case settle(completion: Completion<Void>)

    /// The result of a command; each case answers the command of the same name.
    enum Outcome: Sendable {
        case ingest(IngestOutcome)
        case ingestMany([IngestOutcome])
        case dryRun(DryRunOutcome)
        case replay(IngestOutcome?)
        case find(Int64?)
        case contact(ContactChange.Outcome)
        case change(StoreChange.Outcome)
        case settle
    }

    /// How many commands it counts as, in the queue and in a transaction.
    var count: Int {
        if case .ingestMany(let events, _, _) = self { events.count } else { 1 }
    }

    /// About how many bytes the command takes in the queue and in a transaction.
    var byteCount: Int {
        switch self {
        case .ingest(let event, _, _), .dryRun(let event, _, _): event.byteCount
        case .ingestMany(let events, _, _): events.reduce(0) { $0 + $1.byteCount }
        case .contact(let change, _, _): change.byteCount
        case .replay, .find, .change, .settle: 512
        }
    }

    /// The account whose command it is; nil for those of the operator.
    var account: Account.ID? {
        switch self {
        case .ingest(_, let account, _), .ingestMany(_, let account, _), .dryRun(_, let account, _),
            .replay(_, _, let account, _, _), .find(_, _, let account, _), .contact(_, let account, _):
            account
        case .change, .settle: nil
        }
    }

    /// The event of a command that is about a single one.
    var event: PreparedEvent? {
        switch self {
        case .ingest(let event, _, _), .dryRun(let event, _, _): event
        case .ingestMany, .replay, .find, .contact, .change, .settle: nil
        }
    }

    /// What the commands of a transaction need of its end.
    struct Needs: OptionSet {
        let rawValue: UInt8
        /// Something may stay in the store.
        static let commit = Needs(rawValue: 1 << 0)
        /// A dry run has undone its changes, but their pages would still be written and synced.
        static let rollback = Needs(rawValue: 1 << 1)
        /// Every count that is only in memory is written, whether it is due or not.
        static let allNotes = Needs(rawValue: 1 << 2)
    }

    var needs: Needs {
        switch self {
        case .ingest, .ingestMany, .contact, .change: .commit
        case .find, .settle: [.commit, .allNotes]
        case .dryRun: .rollback
        case .replay: []
        }
    }

    /// Tells the caller that the command failed.
    func fail(_ error: StoreError) {
        switch self {
        case .ingest(_, _, let completion): completion(.failure(error))
        case .ingestMany(let events, _, let completion):
            completion(Array(repeating: .failure(error), count: events.count))
        case .dryRun(_, _, let completion): completion(.failure(error))
        case .replay(_, _, _, _, let completion): completion(.failure(error))
        case .find(_, _, _, let completion): completion(.failure(error))
        case .contact(_, _, let completion): completion(.failure(error))
        case .change(_, let completion): completion(.failure(error))
        case .settle(let completion): completion(.failure(error))
        }
    }

    /// Tells the caller the result of the command.
    func complete(_ outcome: Outcome) {
        switch (self, outcome) {
        case (.ingest(_, _, let completion), .ingest(let outcome)): completion(.success(outcome))
        case (.ingestMany(_, _, let completion), .ingestMany(let outcomes)): completion(outcomes.map { .success($0) })
        case (.dryRun(_, _, let completion), .dryRun(let outcome)): completion(.success(outcome))
        case (.replay(_, _, _, _, let completion), .replay(let outcome)): completion(.success(outcome))
        case (.find(_, _, _, let completion), .find(let entry)): completion(.success(entry))
        case (.contact(_, _, let completion), .contact(let outcome)): completion(.success(outcome))
        case (.change(_, let completion), .change(let outcome)): completion(.success(outcome))
        case (.settle(let completion), .settle): completion(.success(()))
        default: preconditionFailure("an outcome answers the command of the same name")
        }
    }
}

/// Who waits for an event's outcome.
enum IngestCompletion: Sendable {
    /// A function, called on one of the store's threads.
    case call(WriterCommand.Completion<IngestOutcome>)
    /// A task. The queue completes every command exactly once, which is what a checked continuation would check, at the
    /// price of an allocation for each event.
    case resume(UnsafeContinuation<Result<IngestOutcome, StoreError>, Never>)

    func callAsFunction(_ result: Result<IngestOutcome, StoreError>) {
        switch self {
        case .call(let function): function(result)
        case .resume(let continuation): continuation.resume(returning: result)
        }
    }
}
