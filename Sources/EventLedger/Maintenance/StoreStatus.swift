/// Counts and sizes of a store.
public struct StoreStatus: Sendable, Hashable {
    /// The version of the store's schema.
    public var schemaVersion: Int
    /// Grows by one each time the store is opened for writing, and once more when it is closed cleanly.
    public var epoch: Int64
    /// The number of accounts.
    public var accounts: Int64
    /// The number of contacts, of all accounts.
    public var contacts: Int64
    /// The number of events, of all accounts.
    public var events: Int64
    /// The number of keys in the ledger, of all accounts.
    public var ledgerEntries: Int64
    /// The number of sealed segments of the ledger's index.
    public var ledgerSegments: Int64
    /// The number of keys in these segments; the other keys are in memory, and are read again when the store is opened.
    public var sealedEntries: Int64
    /// How often a key came again, for the keys that the store still holds.
    public var replays: Int64
    /// How often a key came again with another payload.
    public var mismatches: Int64
    /// The number of tokens that are valid now.
    public var activeTokens: Int64
    /// The size of the database file, in bytes.
    public var databaseBytes: Int64
    /// The size of the write-ahead log, in bytes.
    public var writeAheadLogBytes: Int64
    /// The process that holds the store for writing; nil if none does, 0 if its process id is not known.
    public var heldByProcess: Int32?
}
