import EventModel
import Migrations
import SQLite

extension ReadConnection {
    /// Counts and sizes, all of one moment. Counting reads through the smallest index of each table.
    func status() throws(StoreError) -> StoreStatus {
        try connection.atOneMoment { () throws(SQLiteError) in
            let replays = try connection.prepare(SQL.countReplays).first { ($0.integer(0), $0.integer(1)) }
            let tokens = try connection.prepare(SQL.countAllActiveTokens).first {
                $0.set(1, Timestamp.now().millisecondsSinceEpoch)
            } read: { row in
                row.integer(0)
            }
            let segments = try connection.prepare(SQL.countSegments).first { ($0.integer(0), $0.integer(1)) }
            return StoreStatus(
                schemaVersion: MigrationCatalog.all.count,
                epoch: try connection.integer(SQL.selectEpoch) ?? 0,
                accounts: try connection.integer(SQL.countAccounts) ?? 0,
                contacts: try connection.integer(SQL.countContacts) ?? 0,
                events: try connection.integer(SQL.countEvents) ?? 0,
                ledgerEntries: try connection.integer(SQL.countEntries) ?? 0,
                ledgerSegments: segments?.0 ?? 0,
                sealedEntries: segments?.1 ?? 0,
                replays: replays?.0 ?? 0,
                mismatches: replays?.1 ?? 0,
                activeTokens: tokens ?? 0,
                databaseBytes: StorePath.size(of: path.database),
                writeAheadLogBytes: StorePath.size(of: path.writeAheadLog),
                heldByProcess: StoreLock.holder(of: path)
            )
        }
    }
}
