import EventModel

/// The sizes by which the ledger's index grows. A store that was written with other sizes can be opened too.
struct LedgerParameters: Sendable {
    /// How many entries a table in memory takes before it is sealed, a power of two.
    var entriesPerTable = Limits.ledgerTableEntries
    /// How many segments of one level are merged into one of the next.
    var mergeFanOut = Limits.ledgerMergeFanOut
    /// The highest level; its segments are merged no further.
    var highestLevel = Limits.ledgerHighestLevel
    /// How many codes one page of a segment holds.
    var codesPerPage = Limits.ledgerCodesPerPage
    /// The size of a filter, in bits for each key.
    var filterBitsPerKey = Limits.ledgerFilterBitsPerKey
    /// How many new entries pay for one step of sealing and merging.
    var entriesPerStep = Limits.ledgerEntriesPerStep
    /// How many bits of a key's hash are used; fewer make keys collide.
    var hashBits = KeyHash.bits
}
