import EventModel

/// What a store has to hold: the store's own rules, in a few lines and without a disk.
struct Model {
    /// An event as it is stored.
    struct StoredEvent: Hashable {
        var number: Int64
        var contact: Int64
        var type: String
        var data: String?
        var receivedAt: Int64
    }

    struct Key {
        var draft: EventDraft
        var number: Int64
        var acceptedAt: Int64
    }

    struct AccountState {
        var name: String
        var events: [StoredEvent] = []
        var lastEvent: Int64 = 0
        /// Addresses and numbers as first given, by contact number.
        var contacts: [Int64: String] = [:]
        var lastContact: Int64 = 0
        var contactNumbers: [String: Int64] = [:]
        var keys: [String: Key] = [:]
        var retention: Int64?
        /// Keys accepted before this had expired when the retention was last set.
        var keysLiveSince = Int64.min
        var tokens: Set<UInt8> = []
    }

    var accounts: [Int64: AccountState] = [1: AccountState(name: Account.defaultName)]

    /// Carries out a request, as a store does in one transaction or as part of one.
    ///
    /// - Returns: An answer for each event of the request, or one for anything else.
    mutating func apply(_ request: Request, at now: Int64) -> [Answer] {
        switch request {
        case .ingest(let draft): return [ingest(draft, at: now)]
        case .ingestMany(let drafts): return drafts.map { ingest($0, at: now) }
        case .createAccount(let name):
            if !accounts.values.contains(where: { $0.name == name }) {
                accounts[Int64(accounts.count) + 1] = AccountState(name: name)
            }
        case .createToken(let name, let number):
            if let id = id(of: name) { accounts[id]?.tokens.insert(number) }
        case .setKeyRetention(let name, let milliseconds):
            if let id = id(of: name), var account = accounts[id] {
                if let retention = account.retention {
                    account.keysLiveSince = max(account.keysLiveSince, now - retention)
                }
                account.retention = milliseconds
                accounts[id] = account
            }
        case .expireKeys(let milliseconds):
            for id in accounts.keys {
                guard let keys = accounts[id]?.keys else { continue }
                accounts[id]?.keys = keys.filter { $0.value.acceptedAt >= now - milliseconds }
            }
        case .eraseEvents(let account, let numbers): accounts[account]?.events.removeAll { numbers.contains($0.number) }
        case .createContact(let account, let email): _ = accounts[account]?.contact(.email(email))
        case .deleteContact(let account, let contact): accounts[account]?.deleteContact(contact)
        case .dryRun, .settle: break
        }
        return [.done]
    }

    private func id(of name: String) -> Int64? { accounts.first { $0.value.name == name }?.key }

    private mutating func ingest(_ draft: EventDraft, at now: Int64) -> Answer {
        guard var account = accounts[draft.account] else { return .unknownAccount }
        if let key = draft.key, let known = account.keys[key], account.isLive(known, at: now) {
            return .replayed(known.number, payloadDiffers: draft.payload != known.draft.payload)
        }
        guard let contact = account.contact(draft.contact) else { return .unknownContact }
        account.lastEvent += 1
        let number = account.lastEvent
        account.events.append(
            StoredEvent(number: number, contact: contact, type: draft.type, data: draft.data, receivedAt: now)
        )
        if let key = draft.key { account.keys[key] = Key(draft: draft, number: number, acceptedAt: now) }
        // Removed first, so that changing it does not copy it.
        accounts[draft.account] = account
        return .accepted(number)
    }

    /// Forgets keys that another model does not have.
    mutating func keepKeys(thatAreIn other: Model) {
        for (id, account) in accounts {
            accounts[id]?.keys = account.keys.filter { other.accounts[id]?.keys[$0.key] != nil }
        }
    }

    /// The events whose keys are still answered, with their numbers.
    func liveKeys(at now: Int64) -> [(draft: EventDraft, number: Int64)] {
        accounts.sorted { $0.key < $1.key }.flatMap { _, account in
            account.keys.values.filter { account.isLive($0, at: now) }
                .sorted { $0.number < $1.number }
                .map { ($0.draft, $0.number) }
        }
    }
}

extension EventDraft {
    /// The parts that a payload's fingerprint depends on: not the key, nor the case of an address.
    fileprivate var payload: EventDraft {
        var payload = self
        payload.key = nil
        if case .email(let address) = contact { payload.contact = .email(address.lowercased()) }
        return payload
    }
}

extension Model.AccountState {
    func isLive(_ key: Model.Key, at now: Int64) -> Bool {
        key.acceptedAt >= max(keysLiveSince, retention.map { now - $0 } ?? keysLiveSince)
    }

    /// The number of a contact; the contact is added if it is new.
    mutating func contact(_ contact: EventDraft.Contact) -> Int64? {
        let given: String
        switch contact {
        case .email(let address): given = address
        case .phone(let number): given = number
        case .unknown: return nil
        }
        if let known = contactNumbers[given.lowercased()] { return known }
        lastContact += 1
        contacts[lastContact] = given
        contactNumbers[given.lowercased()] = lastContact
        return lastContact
    }

    mutating func deleteContact(_ contact: EventDraft.Contact) {
        switch contact {
        case .email(let given), .phone(let given):
            if let number = contactNumbers.removeValue(forKey: given.lowercased()) { contacts[number] = nil }
        case .unknown: break
        }
    }
}
