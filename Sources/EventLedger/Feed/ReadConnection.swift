import EventModel
import SQLite

/// One read-only connection, with its prepared statements. It is used on its own queue only.
final class ReadConnection {
    private let store: OpenedStore
    let accounts: AccountRepository
    let contacts: ContactRepository
    let contactGaps: ContactGapRepository
    let events: EventRepository
    let ledger: IdempotencyRepository
    let segments: SegmentRepository
    let tokens: TokenRepository
    let replays: ReplayRepository
    let mismatches: MismatchRepository
    let apps: AppRepository
    let path: StorePath

    init(_ path: StorePath, _ parameters: LedgerParameters) throws(StoreError) {
        let store = try StoreOpening.openForReading(path, parameters)
        do throws(SQLiteError) {
            accounts = try AccountRepository(store.connection)
            contacts = try ContactRepository(store.connection)
            contactGaps = try ContactGapRepository(store.connection)
            events = try EventRepository(store.connection)
            ledger = try IdempotencyRepository(store.connection)
            segments = try SegmentRepository(store.connection)
            tokens = try TokenRepository(store.connection)
            replays = try ReplayRepository(store.connection)
            mismatches = try MismatchRepository(store.connection)
            apps = try AppRepository(store.connection)
        } catch {
            throw StoreError(error)
        }
        self.store = store
        self.path = path
    }

    var identifiers: IdentifierCodec { store.identifiers }
    var keyHasher: KeyHasher { store.hashers.keys }

    var connection: Connection {
        _read { yield store.connection }
    }
}
