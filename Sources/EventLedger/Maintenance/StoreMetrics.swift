public import EventModel

/// What a store that is open for writing has done since it was opened, and what it holds in memory; from memory, so that
/// it can be asked for at any time.
public struct StoreMetrics: Sendable, Hashable, Codable {
    /// Commands that wait for the writer.
    public var queuedCommands = 0
    /// About how many bytes they take.
    public var queuedBytes = 0
    /// Events that were accepted.
    public var acceptedEvents: UInt64 = 0
    /// Keys that came again.
    public var replays: UInt64 = 0
    /// Those of them that came with another payload.
    public var mismatches: UInt64 = 0
    /// Transactions that came to nothing.
    public var failedTransactions: UInt64 = 0
    /// How many events, new ones and replays, the transactions had that had any.
    public var eventsPerTransaction = Histogram(bounds: Histogram.sizeBounds)
    /// How long a transaction took from its beginning to its end, in seconds.
    public var transactionSeconds = Histogram(bounds: Histogram.secondsBounds)
    /// How long its commit took, in seconds: writing the write-ahead log and syncing it.
    public var commitSeconds = Histogram(bounds: Histogram.secondsBounds)
    /// How long its sync took, in seconds, which is a part of the commit.
    public var syncSeconds = Histogram(bounds: Histogram.secondsBounds)
    /// How long a checkpoint took, in seconds.
    public var checkpointSeconds = Histogram(bounds: Histogram.secondsBounds)
    /// The sealed segments of the ledger's index.
    public var ledgerSegments = 0
    /// The entries that are not in a segment yet.
    public var unsealedEntries = 0
    /// What the ledger's index takes in memory, in bytes.
    public var ledgerMemoryBytes = 0
    /// The size of the database file, in bytes.
    public var databaseBytes: Int64 = 0
    /// The size of the write-ahead log, in bytes.
    public var writeAheadLogBytes: Int64 = 0

    /// Creates figures of a store that has done nothing.
    public init() {}
}
