/// Why a store could not do what it was asked. Nothing is ever half done, and unless the case says otherwise, nothing
/// was done at all.
public enum StoreError: Error, Sendable, Hashable {
    /// There is no room left on the disk (or in the quota). The store goes on by itself once there is room.
    case diskFull
    /// A write, a sync or a read of the files failed. If the writer failed, it is not known what the disk holds, so the
    /// store stops writing until it is opened again; then the keys of the events that failed with this error show what
    /// became of them. A failure of a reader stops nothing.
    case writeFailed(reason: String)
    /// The file is damaged, or is not a store.
    case damaged(reason: String)
    /// The file cannot be opened: missing, a directory, not permitted.
    case unavailable(reason: String)
    /// Another process holds the store for writing; 0 if its process id is not known.
    case inUse(processID: Int32)
    /// The store was written by a newer version of this software.
    case newerSchema(found: Int, known: Int)
    /// The store's record of its migrations does not match the migrations in this software.
    case migrationMismatch(reason: String)
    /// The store has to be migrated first, which a reader cannot do.
    case needsMigration(found: Int, known: Int)
    /// The queue of writes (or reads) is full; try again shortly.
    case overloaded
    /// The cursor does not belong to this account of this store.
    case unknownCursor
    /// The store was closed.
    case closed
    /// SQLite reported something that none of the other cases covers.
    case unexpected(reason: String)
}

extension StoreError: CustomStringConvertible {
    /// What is wrong and what to do about it, without anybody's data.
    public var description: String {
        switch self {
        case .diskFull:
            "The disk that holds the store is full. Free some space; a running server resumes by itself."
        case .writeFailed(let reason):
            "Reading or writing the store's files failed (\(reason)). A process that holds the store takes no events after that. "
                + "Check the disk, then restart that process."
        case .damaged(let reason):
            "The store is damaged or is not an event store: \(reason)."
        case .unavailable(let reason):
            "The store cannot be opened: \(reason)."
        case .inUse(let processID):
            "The store is held for writing by \(processID == 0 ? "another process" : "process \(processID)")."
        case .newerSchema(let found, let known):
            "The store has schema version \(found), but this software knows versions up to \(known). "
                + "Use the newer software, or restore a backup from before its migration (`store-admin restore`)."
        case .migrationMismatch(let reason):
            "The store's migrations do not fit this software: \(reason)."
        case .needsMigration(let found, let known):
            "The store has schema version \(found), and this software reads version \(known). "
                + "Run `store-admin migrate` first."
        case .overloaded:
            "The store's queue is full. Try again shortly."
        case .unknownCursor:
            "The cursor does not belong to this account."
        case .closed:
            "The store is closed."
        case .unexpected(let reason):
            "The store failed unexpectedly: \(reason)."
        }
    }
}
