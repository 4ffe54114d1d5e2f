import EventModel

extension SQLiteEventStore {
    /// See ``EventReader/event(_:in:)``.
    public func event(_ id: EventID, in account: Account.ID) async throws(StoreError) -> RecordedEvent? {
        try await reader.event(id, in: account)
    }

    /// See ``EventReader/events(in:after:limit:matching:)``.
    public func events(
        in account: Account.ID,
        after cursor: FeedCursor? = nil,
        limit: Int = Limits.defaultPageRows,
        matching filter: EventFilter = EventFilter()
    ) async throws(StoreError) -> EventPage {
        try await reader.events(in: account, after: cursor, limit: limit, matching: filter)
    }

    /// See ``EventReader/contact(_:in:)``.
    public func contact(_ reference: ContactReference, in account: Account.ID) async throws(StoreError) -> Contact? {
        try await reader.contact(reference, in: account)
    }

    /// See ``EventReader/contacts(in:offset:limit:)``.
    public func contacts(in account: Account.ID, offset: Int, limit: Int) async throws(StoreError) -> ContactPage {
        try await reader.contacts(in: account, offset: offset, limit: limit)
    }

    /// See ``EventReader/history(of:in:)``; the counts include every repeat that was answered before the call.
    public func history(of key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> KeyHistory? {
        let hash = hashers.keys.hash(key, in: account)
        guard let entry = try await ask({ .find(key, hash, account: account, completion: $0) }) else { return nil }
        return try await reader.history(of: key, atEntry: entry)
    }

    /// See ``EventReader/keys(in:of:after:)``.
    public func keys(
        in account: Account.ID,
        of events: ClosedRange<Int64>,
        after entry: Int64
    ) async throws(StoreError) -> KeyPage {
        try await reader.keys(in: account, of: events, after: entry)
    }

    /// See ``EventReader/mismatches(in:after:limit:)``; the page covers every repeat that was answered before the call.
    public func mismatches(
        in account: Account.ID,
        after entry: Int64,
        limit: Int
    ) async throws(StoreError) -> KeyMismatchPage {
        try await settle()
        return try await reader.mismatches(in: account, after: entry, limit: limit)
    }

    /// See ``EventReader/account(named:)``.
    public func account(named name: String) async throws(StoreError) -> Account? {
        try await reader.account(named: name)
    }

    /// See ``EventReader/accounts(after:)``.
    public func accounts(after id: Account.ID?) async throws(StoreError) -> [Account] {
        try await reader.accounts(after: id)
    }

    /// See ``EventReader/tokens(of:)``.
    public func tokens(of account: Account.ID) async throws(StoreError) -> [APIToken] {
        try await reader.tokens(of: account)
    }

    /// See ``EventReader/apps(of:)``.
    public func apps(of account: Account.ID) async throws(StoreError) -> [OAuthApp] {
        try await reader.apps(of: account)
    }

    /// See ``EventReader/status()``; the counts include every repeat that was answered before the call.
    public func status() async throws(StoreError) -> StoreStatus {
        try await settle()
        return try await reader.status()
    }

    /// See ``EventReader/verify()``.
    public func verify() async throws(StoreError) -> [VerificationFinding] {
        try await reader.verify()
    }
}
