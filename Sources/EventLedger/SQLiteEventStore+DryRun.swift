import EventModel

extension SQLiteEventStore {
    /// See ``EventStore/dryRun(_:into:)``.
    public func dryRun(_ event: NewEvent, into account: Account.ID) async throws(StoreError) -> DryRunOutcome {
        let prepared = PreparedEvent(event, for: account, hashers)
        return try await ask { .dryRun(prepared, account: account, completion: $0) }
    }

    /// See ``EventStore/dryRun(replayOf:in:)``.
    public func dryRun(
        replayOf key: IdempotencyKey,
        in account: Account.ID
    ) async throws(StoreError) -> IngestOutcome? {
        let hash = hashers.keys.hash(key, in: account)
        return try await ask { .replay(key, hash, account: account, isDryRun: true, completion: $0) }
    }
}
