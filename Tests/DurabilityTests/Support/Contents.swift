import EventModel
import SQLite

@testable import EventLedger

/// The visible contents of a store, to be compared with a model.
struct Contents: Equatable {
    struct AccountContents: Equatable {
        var name: String
        var retention: Int64?
        /// The highest numbers that were given out, even if the event or contact was erased or deleted since.
        var lastEvent: Int64 = 0
        var lastContact: Int64 = 0
        var events: [Model.StoredEvent] = []
        var contacts: [Int64: String] = [:]
        var tokens = 0
    }

    private(set) var accounts: [Int64: AccountContents] = [:]

    /// The contents of a store that follows the model.
    init(_ model: Model) {
        accounts = model.accounts.mapValues {
            AccountContents(
                name: $0.name,
                retention: $0.retention,
                lastEvent: $0.lastEvent,
                lastContact: $0.lastContact,
                events: $0.events,
                contacts: $0.contacts,
                tokens: $0.tokens.count
            )
        }
    }

    /// The contents of a store.
    init(_ connection: borrowing Connection) throws(SQLiteError) {
        var accounts: [Int64: AccountContents] = [:]
        try connection.prepare(
            "SELECT account_id, name, key_retention_ms, last_event, last_contact FROM accounts"
        ).forEach { row in
            accounts[row.integer(0)] = AccountContents(
                name: row.text(1),
                retention: row.integerIfPresent(2),
                lastEvent: row.integer(3),
                lastContact: row.integer(4)
            )
            return true
        }
        try connection.prepare(
            "SELECT account_id, sequence, contact_number, event_type, data, received_at_ms FROM events ORDER BY position"
        ).forEach { row in
            accounts[row.integer(0), default: AccountContents(name: "of no account")].events.append(
                Model.StoredEvent(
                    number: row.integer(1),
                    contact: row.integer(2),
                    type: row.text(3),
                    data: row.textIfPresent(4),
                    receivedAt: row.integer(5)
                )
            )
            return true
        }
        try connection.prepare(
            "SELECT account_id, number, coalesce(email, phone_number) FROM contacts"
        ).forEach { row in
            accounts[row.integer(0), default: AccountContents(name: "of no account")].contacts[row.integer(1)] =
                row.text(2)
            return true
        }
        try connection.prepare("SELECT account_id, count(*) FROM tokens GROUP BY account_id").forEach { row in
            accounts[row.integer(0), default: AccountContents(name: "of no account")].tokens = Int(row.integer(1))
            return true
        }
        self.accounts = accounts
    }

    /// How this differs from what was expected, on one line.
    func difference(from expected: Contents) -> String {
        if Set(accounts.keys) != Set(expected.accounts.keys) {
            return "accounts \(accounts.keys.sorted()) in place of \(expected.accounts.keys.sorted())"
        }
        for (id, account) in accounts.sorted(by: { $0.key < $1.key }) {
            guard let other = expected.accounts[id], account != other else { continue }
            if account.events.count != other.events.count {
                return "account \(id) has \(account.events.count) events in place of \(other.events.count)"
            }
            if let index = account.events.indices.first(where: { account.events[$0] != other.events[$0] }) {
                return "account \(id) has \(account.events[index]) in place of \(other.events[index])"
            }
            return "account \(id) has numbers to \(account.lastEvent) and \(account.lastContact), "
                + "contacts \(account.contacts), retention \(account.retention ?? 0), "
                + "\(account.tokens) tokens in place of \(other.lastEvent) and \(other.lastContact), "
                + "\(other.contacts), \(other.retention ?? 0), \(other.tokens)"
        }
        return "no difference"
    }
}
