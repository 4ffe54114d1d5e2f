import EventLedger
import IngestAPI

/// Where batches of events can be stored.
protocol BatchTarget: Sendable {
    /// Stores a batch.
    ///
    /// - Returns: What became of each event, in the order of the batch, once that is on disk.
    func ingest(_ batch: LineBatch) async throws -> [LineResult]
}

/// What became of one event of a batch.
enum LineResult: Sendable, Hashable {
    /// The event is stored.
    case accepted
    /// The key was known; `payloadDiffers` says whether it was known with another payload.
    case replayed(payloadDiffers: Bool)
    /// The event breaks rules and was not stored.
    case rejected([InvalidValue])
    /// The event could not be stored, for a reason other than the event itself.
    case failed(reason: String)

    init(_ result: BatchResult) {
        switch result {
        case .accepted: self = .accepted
        case .replayed(_, let payloadDiffers): self = .replayed(payloadDiffers: payloadDiffers)
        case .rejected(let faults): self = .rejected(faults)
        case .failed(let error): self = .failed(reason: error.message)
        }
    }
}

/// A store that this process holds.
struct HeldStore: BatchTarget {
    let store: any EventStore
    let account: Account.ID

    func ingest(_ batch: LineBatch) async throws -> [LineResult] {
        // A batch may go into more than one transaction, so each event can fail separately.
        let results = await batch.parsed.results { events in
            await store.ingest(Array(events), into: account).map { result in
                switch result {
                case .success(let outcome): BatchResult(outcome)
                case .failure(let error): BatchResult(error)
                }
            }
        } replay: { key in
            do throws(StoreError) {
                return try await store.replay(of: key, in: account).map(BatchResult.init)
            } catch {
                return BatchResult(error)
            }
        }
        return results.map(LineResult.init)
    }
}

extension BatchResult {
    /// An event that the store could not take. The operator is given the reason, which clients are not.
    fileprivate init(_ error: StoreError) {
        self = .failed(.notReady("\(error)"))
    }
}

/// A store that another process holds.
struct StoreOfAnother: BatchTarget {
    let client: ControlClient
    /// The account's name.
    let account: String

    func ingest(_ batch: LineBatch) async throws -> [LineResult] {
        let results = try await client.ingest(batch.body, into: account)
        guard results.count == batch.parsed.count else { throw AdminFailure.unexpectedOutcome }
        return results
    }
}
