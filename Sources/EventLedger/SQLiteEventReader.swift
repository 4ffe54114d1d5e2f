import EventModel
import SQLite

/// A store that is open for reading only. It takes no lock, and works while another process holds the store.
///
/// If the writing process crashes, then until the store is opened for writing again, a reader may see events of that
/// process's last transaction that are not on the disk yet and for which nobody got an answer.
public final class SQLiteEventReader: EventReader {
    let pool: ReadPool

    init(_ path: StorePath, _ parameters: LedgerParameters = LedgerParameters()) {
        pool = ReadPool(path, parameters)
    }

    /// Opens a store for reading.
    ///
    /// - Parameter path: The database file, which must exist.
    /// - Throws: ``StoreError`` if there is no store, or this software cannot read it.
    public static func open(at path: String) async throws(StoreError) -> SQLiteEventReader {
        let reader = SQLiteEventReader(try StorePath(path))
        // The first read opens a connection, which checks the file.
        try await reader.pool.read { _ throws(StoreError) in }
        return reader
    }

    /// Waits for the reads that were admitted, and closes the store. Later calls are refused with
    /// ``StoreError/closed``.
    public func close() async {
        await pool.close()
    }

    // The functions of the protocol, each on one of the connections.

    /// See ``EventReader/event(_:in:)``.
    public func event(_ id: EventID, in account: Account.ID) async throws(StoreError) -> RecordedEvent? {
        try await pool.read { connection throws(StoreError) in
            guard let position = connection.identifiers.position(of: id, in: account) else { return nil }
            return try mappingErrors { () throws(SQLiteError) in
                try connection.events.event(at: position, identifiers: connection.identifiers)
            }
        }
    }

    /// See ``EventReader/events(in:after:limit:matching:)``.
    public func events(
        in account: Account.ID,
        after cursor: FeedCursor?,
        limit: Int,
        matching filter: EventFilter
    ) async throws(StoreError) -> EventPage {
        try await pool.read { connection throws(StoreError) in
            try connection.page(of: account, after: cursor, limit: limit, matching: filter)
        }
    }

    /// Checks that no event is missing from a part of an account's feed; for callers that found a gap in its numbers,
    /// or its end. An event whose erasure is recorded is not missing.
    ///
    /// - Parameters:
    ///   - start: Where the part begins; nil for the beginning of the feed.
    ///   - end: Where it ends; nil for the last number that the account has given out so far.
    /// - Throws: ``StoreError/damaged(reason:)`` if an event is missing.
    package func requireNoLostEvents(
        in account: Account.ID,
        after start: FeedCursor?,
        through end: FeedCursor?
    ) async throws(StoreError) {
        try await pool.read { connection throws(StoreError) in
            try connection.requireNoLostEvents(of: account, after: start, through: end)
        }
    }

    /// See ``EventReader/contact(_:in:)``.
    public func contact(_ reference: ContactReference, in account: Account.ID) async throws(StoreError) -> Contact? {
        try await pool.read { connection throws(StoreError) in
            try mappingErrors { () throws(SQLiteError) in
                let identifiers = connection.identifiers
                guard
                    let position = try connection.contacts.position(
                        of: reference,
                        in: account,
                        identifiers: identifiers
                    )
                else {
                    if case .id(let id) = reference, let position = identifiers.position(of: id, in: account),
                        try connection.contacts.isLost(at: position)
                    {
                        throw .damage("contact \(position.number) of account \(account.rawValue) is missing")
                    }
                    return nil
                }
                return try connection.contacts.contact(at: position, identifiers: identifiers)
            }
        }
    }

    /// See ``EventReader/contacts(in:offset:limit:)``.
    public func contacts(in account: Account.ID, offset: Int, limit: Int) async throws(StoreError) -> ContactPage {
        try await pool.read { connection throws(StoreError) in
            try connection.connection.atOneMoment { () throws(SQLiteError) in
                let gaps = try connection.contactGaps.gaps(of: account)
                return ContactPage(
                    contacts: try connection.contacts.page(
                        of: account,
                        offset: Int64(max(0, offset)),
                        limit: limit.clamped(to: 1...Limits.contactPageRows),
                        passingOver: gaps,
                        identifiers: connection.identifiers
                    ),
                    totalCount: try connection.contacts.count(of: account, passingOver: gaps)
                )
            }
        }
    }

    /// See ``EventReader/history(of:in:)``.
    public func history(of key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> KeyHistory? {
        try await pool.read { connection throws(StoreError) in
            try connection.connection.reading(mappingErrors: StoreError.init) { () throws(StoreError) in
                guard let entry = try connection.findEntry(of: key, in: account) else { return nil }
                return try connection.history(of: key, atEntry: entry)
            }
        }
    }

    /// What the ledger knows of a key whose entry is already known.
    func history(of key: IdempotencyKey, atEntry entry: Int64) async throws(StoreError) -> KeyHistory? {
        try await pool.read { connection throws(StoreError) in
            try connection.connection.reading(mappingErrors: StoreError.init) { () throws(StoreError) in
                try connection.history(of: key, atEntry: entry)
            }
        }
    }

    /// See ``EventReader/keys(in:of:after:)``.
    public func keys(
        in account: Account.ID,
        of events: ClosedRange<Int64>,
        after entry: Int64
    ) async throws(StoreError) -> KeyPage {
        try await pool.read { connection throws(StoreError) in
            try connection.keys(of: account, events: events, after: entry)
        }
    }

    /// See ``EventReader/mismatches(in:after:limit:)``.
    public func mismatches(
        in account: Account.ID,
        after entry: Int64,
        limit: Int
    ) async throws(StoreError) -> KeyMismatchPage {
        try await pool.read { connection throws(StoreError) in
            try connection.mismatches(of: account, after: entry, limit: limit.clamped(to: 1...Limits.pageRows))
        }
    }

    /// See ``EventReader/account(named:)``.
    public func account(named name: String) async throws(StoreError) -> Account? {
        try await pool.read { connection throws(StoreError) in
            try mappingErrors { () throws(SQLiteError) in try connection.accounts.account(named: name) }
        }
    }

    /// See ``EventReader/accounts(after:)``.
    public func accounts(after id: Account.ID?) async throws(StoreError) -> [Account] {
        try await pool.read { connection throws(StoreError) in
            try mappingErrors { () throws(SQLiteError) in
                try connection.accounts.accounts(after: id, limit: Limits.pageRows)
            }
        }
    }

    /// See ``EventReader/tokens(of:)``.
    public func tokens(of account: Account.ID) async throws(StoreError) -> [APIToken] {
        try await pool.read { connection throws(StoreError) in
            try mappingErrors { () throws(SQLiteError) in try connection.tokens.tokens(of: account) }
        }
    }

    /// See ``EventReader/apps(of:)``.
    public func apps(of account: Account.ID) async throws(StoreError) -> [OAuthApp] {
        try await pool.read { connection throws(StoreError) in
            try mappingErrors { () throws(SQLiteError) in try connection.apps.apps(of: account) }
        }
    }

    /// See ``EventReader/status()``.
    public func status() async throws(StoreError) -> StoreStatus {
        try await pool.read { connection throws(StoreError) in try connection.status() }
    }

    /// See ``EventReader/verify()``.
    public func verify() async throws(StoreError) -> [VerificationFinding] {
        try await pool.read { connection throws(StoreError) in try connection.verify() }
    }
}
