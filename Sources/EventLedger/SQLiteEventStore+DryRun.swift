import EventModel

extension SQLiteEventStore {
    /// See ``EventStore/dryRun(_:into:)``.
    public func dryRun(_ event: NewEvent, into account: Account.ID) async throws(StoreError) -> DryRunOutcome {
        let prepared = PreparedEvent(event, for: account, hashers)
        let result = await withCheckedContinuation { continuation in
            writer.mailbox.send(.dryRun(prepared, account: account) { continuation.resume(returning: $0) })
        }
        return try result.get()
    }

    /// See ``EventStore/dryRun(replayOf:in:)``.
    public func dryRun(
        replayOf key: IdempotencyKey,
        in account: Account.ID
    ) async throws(StoreError) -> IngestOutcome? {
        let hash = hashers.keys.hash(key, in: account)
        let result = await withCheckedContinuation { continuation in
            let command = WriterCommand.replay(key, hash, account: account, isDryRun: true) {
                continuation.resume(returning: $0)
            }
            writer.mailbox.send(command)
        }
        return try result.get()
    }
}
