import EventModel
import SQLite

/// The numbers that a store which is to be replaced has given out; the store may be damaged.
struct GivenNumbers: Sendable, Hashable {
    struct Last: Sendable, Hashable {
        var event: Int64
        var contact: Int64
    }

    /// The highest numbers of events and of contacts.
    var numbers: [Account.ID: Last] = [:]
    var lastAccount: Int64 = 0
    /// The numbers of the secrets of apps, by client id.
    var secretVersions: [String: Int64] = [:]

    init() {}

    /// Nil if the store cannot be read, for example because its schema is an older one. Impossible numbers are left
    /// out.
    init?(of path: StorePath) {
        do throws(SQLiteError) {
            let connection = try StoreOpening.connect(path, .readOnly)
            let allowed = 0...Limits.sequencePerAccount
            try connection.prepare(SQL.selectAllNumbering).forEach { row in
                let last = Last(event: row.integer(1), contact: row.integer(2))
                guard allowed.contains(last.event), allowed.contains(last.contact) else { return true }
                numbers[Account.ID(rawValue: row.integer(0))] = last
                return true
            }
            let lastAccount = try connection.integer(SQL.selectLastAccount) ?? 0
            if lastAccount <= Int64(Limits.accounts) { self.lastAccount = lastAccount }
            try connection.prepare(SQL.selectSecretVersions).forEach { row in
                secretVersions[row.text(0)] = row.integer(1)
                return true
            }
        } catch {
            return nil
        }
    }
}
