import EventLedger
import IngestAPI
import NIOCore

/// Answers a batch of events, for the port and for the control socket.
struct BatchIngest: Sendable {
    /// Takes the closure that makes an answer; may be called from any thread.
    typealias Answer = @Sendable (@escaping @Sendable () -> APIResponse) -> Void

    let store: any EventStore
    /// How many bytes each event may have.
    var eventBytes = Limits.requestBodyBytes
    /// The error that the sender of the batch gets if the store could not take it.
    var fault: @Sendable (StoreError) -> APIError = { APIError($0) }

    /// Reads a batch and stores it.
    ///
    /// A batch that is no larger than one event may be is read on the event loop, on which this is called: it holds the
    /// loop no longer than that event would. A larger one is read in a task, so that no other connection of the loop
    /// waits while up to 8 MiB are read and fingerprinted.
    ///
    /// - Parameters:
    ///   - reservation: What was taken from a budget for the batch. It is kept until there is an answer, even if the
    ///     client leaves before: the events are in memory until then.
    ///   - key: What the `Idempotency-Key` field of the request held. One key cannot stand for many events, but whoever
    ///     sends one relies on it, so a batch with a key is refused.
    func run(
        _ body: ByteBuffer,
        holding reservation: MemoryReservation? = nil,
        as format: BatchFormat,
        key: IdempotencyKeyHeader = .absent,
        into account: Account.ID,
        _ answer: @escaping Answer
    ) {
        let answer = BatchIngest.keeping(reservation, until: answer)
        if body.readableBytes <= Limits.requestBodyBytes {
            read(body, as: format, key: key, into: account, answer)
        } else {
            Task { read(body, as: format, key: key, into: account, answer) }
        }
    }

    /// Inflates a batch that has come in, reads it and stores it, in a task: a few kilobytes may become 8 MiB.
    func run(
        compressed body: ByteBuffer,
        holding reservation: MemoryReservation?,
        within budget: MemoryBudget,
        as format: BatchFormat,
        key: IdempotencyKeyHeader,
        into account: Account.ID,
        _ answer: @escaping Answer
    ) {
        let answer = BatchIngest.keeping(reservation, until: answer)
        Task {
            var inflated = ReceivedBody(budget: budget, reservesAll: true, of: account)
            defer { inflated.drop() }
            do throws(APIError) {
                try inflated.beginInflating()
            } catch {
                return answer { error.response }
            }
            let refusal = inflated.take(body, limitBytes: Limits.batchBodyBytes, declaredBytes: nil)
            if let refusal = refusal ?? inflated.faultAtEnd { return answer { refusal } }
            let bytes = inflated.takeBytes()
            read(
                bytes,
                as: format,
                key: key,
                into: account,
                BatchIngest.keeping(inflated.takeReservation(), until: answer)
            )
        }
    }

    /// An answer that keeps a reservation for as long as it can still be given.
    private static func keeping(_ reservation: MemoryReservation?, until answer: @escaping Answer) -> Answer {
        guard let reservation else { return answer }
        return { response in withExtendedLifetime(reservation) { answer(response) } }
    }

    private func read(
        _ body: ByteBuffer,
        as format: BatchFormat,
        key: IdempotencyKeyHeader,
        into account: Account.ID,
        _ answer: @escaping Answer
    ) {
        do throws(InvalidValue) {
            let batch = try parse(body, as: format)
            guard key == .absent else { throw BatchIngest.keyForAll }
            store(batch, into: account, answer)
        } catch {
            answer { IngestResponse.rejected([error]) }
        }
    }

    private static let keyForAll = InvalidValue(
        field: "idempotency_key",
        message: "must be a member of each event; a batch has no Idempotency-Key header"
    )

    private func parse(_ body: ByteBuffer, as format: BatchFormat) throws(InvalidValue) -> ParsedBatch {
        // The buffer's method does not pass typed throws on.
        try body.withUnsafeReadableBytes { bytes -> Result<ParsedBatch, InvalidValue> in
            do throws(InvalidValue) {
                return .success(try BatchRequest.parse(body: bytes, as: format, eventBytes: eventBytes))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    private func store(_ batch: ParsedBatch, into account: Account.ID, _ answer: @escaping Answer) {
        if batch.holdsKeysToLookUp {
            Task {
                let results = await results(of: batch, in: account)
                answer { BatchResponse.response(for: results) }
            }
        } else if batch.events.isEmpty {
            answer { BatchResponse.response(for: batch.results(ofEvents: [])) }
        } else {
            store.submit(batch.events, into: account) { outcomes in
                // Written out on the event loop: this is the writer's thread.
                answer { BatchResponse.response(for: batch.results(ofEvents: outcomes.map(result))) }
            }
        }
    }

    private func results(of batch: ParsedBatch, in account: Account.ID) async -> [BatchResult] {
        await batch.results { events in
            await store.ingest(Array(events), into: account).map(result)
        } replay: { key in
            do throws(StoreError) {
                return try await store.replay(of: key, in: account).map(BatchResult.init)
            } catch {
                return .failed(fault(error))
            }
        }
    }

    /// What became of an event that was offered to the store.
    private func result(_ result: Result<IngestOutcome, StoreError>) -> BatchResult {
        switch result {
        case .success(let outcome): BatchResult(outcome)
        case .failure(let error): .failed(fault(error))
        }
    }
}
