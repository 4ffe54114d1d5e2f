import EventModel
import SQLite

/// What the writer does besides commands: it writes down what is only in memory, keeps the ledger's index and the write-ahead
/// log small, and looks whether a full disk has room again.
extension WriterSession {
    /// Whether there is something to be written when nobody waits.
    var hasBackgroundWork: Bool { hasPendingNotes || ledger.hasWork }

    /// Whether there are counts, or payloads to be compared, that are only in memory.
    var hasPendingNotes: Bool { !pending.isEmpty }

    /// Whether counts come about that are to be written from time to time even if nothing else is.
    var countsRequests: Bool { tokenIndex.hasRateLimits }

    /// Takes all counts of limited accounts for due, when the store is closed.
    mutating func collectRateCounts() {
        pending.collectRateCounts(from: tokenIndex)
    }

    /// Writes a slice of what is due when nobody waits.
    mutating func workInBackground(onLedger: Bool = true) throws(SQLiteError) {
        pending.collectRateCountsIfDue(from: tokenIndex, at: .now())
        guard hasPendingNotes || (onLedger && ledger.hasWork) else { return }
        let portion = pending.take(.whenIdle)
        var isComplete = false
        defer { if !isComplete { rollBack() } }
        let uncompared: [MismatchNotes.Note]
        do {
            let transaction = try connection.beginImmediate()
            uncompared = try write(portion)
            if onLedger { try ledger.work(steps: Limits.ledgerStepsPerIdleTransaction) }
            try transaction.commit()
        } catch {
            pending.putBack(portion)
            throw error
        }
        isComplete = true
        pending.putBack(uncompared)
        ledger.commit()
        meter.note(ledger.footprint)
    }

    /// Commits a page that changes nothing, to see whether there is room on the disk again.
    func commitPage() throws(SQLiteError) {
        let transaction = try connection.beginImmediate()
        try connection.prepare(SQL.writeFirstPage).run()
        try transaction.commit()
    }

    /// Has the next opening make again what is missing in the ledger's index. Nothing else is wrong with the store then, and
    /// without this it would stop again at the next repeat of the same key.
    ///
    /// - Returns: How many segments are made again.
    func giveUpDamagedSegments() throws(SQLiteError) -> Int {
        let transaction = try connection.beginImmediate()
        let count = try ledger.giveUpDamagedSegments()
        try transaction.commit()
        return count
    }

    /// Copies the write-ahead log into the database file, if it has grown long enough.
    ///
    /// Readers may hold a part of it up; then it is tried again after as many pages more. Where they have done so for long, those of
    /// this process wait for a moment.
    mutating func checkpointIfDue() throws(SQLiteError) {
        guard connection.logPages >= nextCheckpointPages else {
            // After a complete checkpoint the log starts again at its beginning.
            if connection.logPages < checkpointPages { nextCheckpointPages = checkpointPages }
            return
        }
        let stopwatch = Stopwatch()
        var result = try connection.checkpoint(.passive)
        if !result.isComplete, connection.logPages >= nextPausePages { result = try checkpointWithoutReaders() }
        meter.noteCheckpoint(seconds: stopwatch.seconds)
        if result.isComplete {
            hasToOverwrite = false
            nextPausePages = WriterSession.pausePages(checkpointPages)
        }
        // What was erased is overwritten in the database with a complete one only.
        let pages = hasToOverwrite ? 1 : checkpointPages
        nextCheckpointPages = result.isComplete ? checkpointPages : connection.logPages + pages
    }

    /// Copies the log while none of this process's readers is under way. One that begins when all of it has been copied needs
    /// nothing of the log, so that the next transaction starts it again at its beginning.
    private mutating func checkpointWithoutReaders() throws(SQLiteError) -> Connection.CheckpointResult {
        // In vain where one of them takes long, or where it is another process that reads: nobody is to wait for that each time.
        nextPausePages = 2 * min(connection.logPages, .max / 2)
        guard let readers else { return try connection.checkpoint(.passive) }
        _ = readers.pause(atMostMilliseconds: Limits.readersPauseMilliseconds)
        defer { readers.resume() }
        return try connection.checkpoint(.passive)
    }

    /// From how many pages in the log on readers have to wait.
    static func pausePages(_ checkpointPages: Int32) -> Int32 { Limits.checkpointsBeforePause * checkpointPages }
}
