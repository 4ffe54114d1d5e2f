import EventLedger
import EventModel

/// All that the fake store holds belongs to ``FakeEventStore/account``.
extension FakeEventStore {
    /// Fills the feed with a page that is larger than what the sockets between a server and its client can hold.
    func fillPage() throws {
        let text = #"{"x":""# + String(repeating: "x", count: 250_000) + #""}"#
        let data = EventData(stored: Array(text.utf8))
        let type = try EventType("large")
        with { state in
            state.events = (1...48).map { sequence in
                RecordedEvent(
                    id: EventID(rawValue: UInt128(sequence)),
                    sequence: sequence,
                    type: type,
                    contact: ContactID(rawValue: 1),
                    time: EventTime(Timestamp(millisecondsSinceEpoch: 0)),
                    receivedAt: Timestamp(millisecondsSinceEpoch: 0),
                    data: data
                )
            }
        }
    }

    func event(_ id: EventID, in account: Account.ID) async throws(StoreError) -> RecordedEvent? {
        try check()
        guard account == FakeEventStore.account else { return nil }
        return with { state in state.events.first { $0.id == id } }
    }

    func events(
        in account: Account.ID,
        after cursor: FeedCursor?,
        limit: Int,
        matching filter: EventFilter
    ) async throws(StoreError) -> EventPage {
        await waitForRelease()
        try check()
        guard account == FakeEventStore.account else { return EventPage(events: [], nextCursor: nil, hasMore: false) }
        let all = with { $0.events }
        var start = 0
        if let cursor {
            guard let index = all.firstIndex(where: { $0.id == cursor.lastSeen }) else { throw .unknownCursor }
            start = index + 1
        }
        let page = Array(all[start...].filter { filter.type == nil || filter.type == $0.type }.prefix(limit))
        return EventPage(
            events: page,
            nextCursor: page.last.map { FeedCursor(after: $0.id) } ?? cursor,
            hasMore: start + page.count < all.count
        )
    }

    func contact(_ reference: ContactReference, in account: Account.ID) async throws(StoreError) -> Contact? {
        try check()
        guard account == FakeEventStore.account else { return nil }
        return with { state in
            state.contacts.first { contact in
                switch reference {
                case .email(let address): contact.email?.folded == address.folded
                case .phone(let number): contact.phoneNumber == number
                case .id(let id): contact.id == id
                }
            }
        }
    }

    func contacts(in account: Account.ID, offset: Int, limit: Int) async throws(StoreError) -> ContactPage {
        try check()
        guard account == FakeEventStore.account else { return ContactPage(contacts: [], totalCount: 0) }
        return with { state in
            ContactPage(
                contacts: Array(state.contacts.dropFirst(offset).prefix(limit)),
                totalCount: Int64(state.contacts.count)
            )
        }
    }

    func account(named name: String) async throws(StoreError) -> Account? {
        try check()
        guard name == Account.defaultName else { return nil }
        return Account(
            id: FakeEventStore.account,
            name: name,
            isStrict: false,
            createdAt: Timestamp(millisecondsSinceEpoch: 0)
        )
    }

    // Functions that the server never calls.

    func history(of key: IdempotencyKey, in account: Account.ID) async throws(StoreError) -> KeyHistory? { nil }

    func keys(
        in account: Account.ID,
        of events: ClosedRange<Int64>,
        after entry: Int64
    ) async throws(StoreError) -> KeyPage { KeyPage(keys: [], lastEntry: entry, hasMore: false) }

    func mismatches(
        in account: Account.ID,
        after entry: Int64,
        limit: Int
    ) async throws(StoreError) -> KeyMismatchPage { KeyMismatchPage(mismatches: [], lastEntry: entry, hasMore: false) }

    func accounts(after id: Account.ID?) async throws(StoreError) -> [Account] { [] }

    func tokens(of account: Account.ID) async throws(StoreError) -> [APIToken] { [] }

    func apps(of account: Account.ID) async throws(StoreError) -> [OAuthApp] { [] }

    func status() async throws(StoreError) -> StoreStatus {
        throw .unavailable(reason: "the fake store counts nothing")
    }

    func verify() async throws(StoreError) -> [VerificationFinding] { [] }

    private func waitForRelease() async {
        await withCheckedContinuation { continuation in
            let isHeld = with { state in
                state.feedReads += 1
                if state.isHoldingReads { state.heldReads.append(continuation) }
                return state.isHoldingReads
            }
            if !isHeld { continuation.resume() }
        }
    }

    /// Answers the reads of the feed that are held back, and holds back no more.
    func releaseReads() {
        let held = with { state in
            state.isHoldingReads = false
            defer { state.heldReads = [] }
            return state.heldReads
        }
        for read in held { read.resume() }
    }

    private func check() throws(StoreError) {
        if let failure = with({ $0.failure }) { throw failure }
    }
}
