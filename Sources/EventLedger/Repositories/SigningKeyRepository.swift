import EventModel
import SQLite

/// The table `signing_keys`.
struct SigningKeyRepository: ~Copyable {
    private let select: Statement
    private let insert: Statement
    private let retire: Statement
    private let deleteRetired: Statement
    private let deleteEarlier: Statement

    init(_ connection: borrowing Connection) throws(SQLiteError) {
        let select = try connection.prepare(SQL.selectSigningKeys)
        let insert = try connection.prepare(SQL.insertSigningKey)
        let retire = try connection.prepare(SQL.retireSigningKeys)
        let deleteRetired = try connection.prepare(SQL.deleteRetiredSigningKeys)
        let deleteEarlier = try connection.prepare(SQL.deleteEarlierSigningKeys)
        self.select = select
        self.insert = insert
        self.retire = retire
        self.deleteRetired = deleteRetired
        self.deleteEarlier = deleteEarlier
    }

    /// All keys; the one that signs comes last.
    func keys() throws(SQLiteError) -> [SigningKey] {
        var keys: [SigningKey] = []
        try select.forEach { row throws(SQLiteError) in
            let seed = row.bytes(1)
            guard seed.count == SigningKey.seedByteCount, row.integer(0) < .max else {
                throw .damage("a signing key is damaged")
            }
            keys.append(
                SigningKey(
                    id: row.integer(0),
                    seed: seed,
                    retiredAt: row.integerIfPresent(2).map(Timestamp.init(millisecondsSinceEpoch:))
                )
            )
            return true
        }
        return keys
    }

    /// Adds the key that signs from now on, and retires the others.
    func add(_ key: SigningKey, at now: Timestamp) throws(SQLiteError) {
        try insert.run {
            $0.set(1, key.id)
            $0.set(2, blob: key.seed)
            $0.set(3, now.millisecondsSinceEpoch)
        }
        try retire.run {
            $0.set(1, key.id)
            $0.set(2, now.millisecondsSinceEpoch)
        }
    }

    /// Forgets the keys that were retired before a moment.
    func deleteRetired(before moment: Timestamp) throws(SQLiteError) {
        try deleteRetired.run { $0.set(1, moment.millisecondsSinceEpoch) }
    }

    /// Forgets the keys that came before the given one.
    func deleteAll(before id: Int64) throws(SQLiteError) {
        try deleteEarlier.run { $0.set(1, id) }
    }
}
