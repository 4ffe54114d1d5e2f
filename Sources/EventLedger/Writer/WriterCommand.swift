import EventModel

/// What is asked of the writer, and whom to tell.
enum WriterCommand: Sendable {
    /// Take an event in. The fingerprint is there where the event has a key.
    case ingest(
        NewEvent,
        fingerprint: PayloadFingerprint?,
        account: Account.ID,
        completion: @Sendable (Result<IngestOutcome, StoreError>) -> Void
    )
    /// Give a key's answer for a payload that could not have been accepted.
    case replay(
        IdempotencyKey,
        account: Account.ID,
        completion: @Sendable (Result<IngestOutcome?, StoreError>) -> Void
    )
    /// Carry out an operator's change.
    case change(StoreChange, completion: @Sendable (Result<StoreChange.Outcome, StoreError>) -> Void)
    /// Write down what is only in memory so far, the counts of repeats.
    case settle(completion: @Sendable (Result<Void, StoreError>) -> Void)

    /// What a command came to; each case answers the command of the same name.
    enum Outcome: Sendable {
        case ingest(IngestOutcome)
        case replay(IngestOutcome?)
        case change(StoreChange.Outcome)
        case settle
    }

    /// About how many bytes the command takes in the queue and in a transaction.
    var byteCount: Int {
        switch self {
        case .ingest(let event, _, _, _): event.byteCount
        case .replay, .change, .settle: 512
        }
    }

    /// Tells the caller that the command came to nothing.
    func fail(_ error: StoreError) {
        switch self {
        case .ingest(_, _, _, let completion): completion(.failure(error))
        case .replay(_, _, let completion): completion(.failure(error))
        case .change(_, let completion): completion(.failure(error))
        case .settle(let completion): completion(.failure(error))
        }
    }

    /// Tells the caller what the command came to.
    func complete(_ outcome: Outcome) {
        switch (self, outcome) {
        case (.ingest(_, _, _, let completion), .ingest(let outcome)): completion(.success(outcome))
        case (.replay(_, _, let completion), .replay(let outcome)): completion(.success(outcome))
        case (.change(_, let completion), .change(let outcome)): completion(.success(outcome))
        case (.settle(let completion), .settle): completion(.success(()))
        default: preconditionFailure("an outcome answers the command of the same name")
        }
    }
}
