import CSQLite

extension Connection {
    /// Copies this database, page by page, into another one, while both stay in use
    /// (https://www.sqlite.org/backup.html). The copy shows the database at one moment; if somebody else writes in
    /// between, it starts again by itself.
    ///
    /// - Parameters:
    ///   - destination: A connection that may write; everything in its database is replaced.
    ///   - pagesPerStep: How many pages are copied while the source is locked for reading, from 1.
    ///   - progress: Told after each step how many pages are left, and how many there are in all.
    package func backUp(
        to destination: borrowing Connection,
        pagesPerStep: Int32 = 256,
        progress: (_ remainingPages: Int32, _ pages: Int32) -> Void = { _, _ in }
    ) throws(SQLiteError) {
        precondition(pagesPerStep > 0, "a step copies at least one page")
        guard let backup = sqlite3_backup_init(destination.handle, "main", handle, "main") else {
            throw SQLiteError(code: sqlite3_errcode(destination.handle), connection: destination.handle)
        }
        var code = SQLITE_OK
        repeat {
            code = sqlite3_backup_step(backup, pagesPerStep)
            progress(sqlite3_backup_remaining(backup), sqlite3_backup_pagecount(backup))
            if code == SQLITE_BUSY || code == SQLITE_LOCKED {
                sqlite3_sleep(1)
                code = SQLITE_OK
            }
        } while code == SQLITE_OK
        let finished = sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, finished == SQLITE_OK else {
            throw SQLiteError(code: code == SQLITE_DONE ? finished : code, connection: destination.handle)
        }
    }
}
