public import EventModel

/// What a store that is open for writing has done since it was opened, and what it holds in memory. All but the sizes
/// of the files comes from memory, so it can be read at any time.
public struct StoreMetrics: Sendable, Hashable, Codable {
    /// Commands that are waiting for the writer.
    public var queuedCommands = 0
    /// How many bytes they take, approximately.
    public var queuedBytes = 0
    /// Events that were accepted.
    public var acceptedEvents: UInt64 = 0
    /// How often a key came again.
    public var replays: UInt64 = 0
    /// How many of these repeats had another payload.
    public var mismatches: UInt64 = 0
    /// Transactions that failed.
    public var failedTransactions: UInt64 = 0
    /// How many events, new ones and replays, a transaction had; transactions without events are not counted.
    public var eventsPerTransaction = Histogram(bounds: Histogram.sizeBounds)
    /// How long a transaction took from its beginning to its end, in seconds.
    public var transactionSeconds = Histogram(bounds: Histogram.secondsBounds)
    /// How long the commit of a transaction took, in seconds: writing the write-ahead log and syncing it.
    public var commitSeconds = Histogram(bounds: Histogram.secondsBounds)
    /// How long the sync of a transaction took, in seconds; it is a part of the commit.
    public var syncSeconds = Histogram(bounds: Histogram.secondsBounds)
    /// How long a checkpoint took, in seconds.
    public var checkpointSeconds = Histogram(bounds: Histogram.secondsBounds)
    /// The sealed segments of the ledger's index.
    public var ledgerSegments = 0
    /// The entries that are not in a segment yet.
    public var unsealedEntries = 0
    /// The memory that the ledger's index takes, in bytes.
    public var ledgerMemoryBytes = 0
    /// The size of the database file, in bytes.
    public var databaseBytes: Int64 = 0
    /// The size of the write-ahead log, in bytes.
    public var writeAheadLogBytes: Int64 = 0

    /// Creates the figures of a store that has done nothing.
    public init() {}
}
