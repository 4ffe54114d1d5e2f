import EventModel
import SQLite

/// What the writer does besides commands: it writes down what is only in memory, keeps the ledger's index and the
/// write-ahead log small, and checks whether a full disk has room again.
extension WriterSession {
    /// Whether there is something to be written when nobody waits.
    var hasBackgroundWork: Bool { hasPendingNotes || ledger.hasWork }

    /// Whether there are counts, or payloads to be compared, that are only in memory.
    var hasPendingNotes: Bool { !pending.isEmpty }

    /// Whether requests are counted, so that counts are to be written from time to time even if nothing else is.
    var countsRequests: Bool { tokenIndex.hasRateLimits }

    /// Treats all counts of limited accounts as due, when the store is closed.
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
            let transaction = try begin()
            uncompared = try write(portion)
            if onLedger { try ledger.work(steps: Limits.ledgerStepsPerIdleTransaction) }
            try commit(transaction)
        } catch {
            pending.putBack(portion)
            throw error
        }
        isComplete = true
        pending.putBack(uncompared)
        ledger.commit()
        meter.note(ledger.footprint)
    }

    /// Commits a page that changes nothing: to check whether there is room again or whether the log was truncated, or
    /// to take the place of a commit that failed.
    mutating func commitPage() throws(SQLiteError) {
        let transaction = try begin()
        try connection.prepare(SQL.writeFirstPage).run()
        try commit(transaction)
    }

    /// Makes the next opening rebuild what is missing in the ledger's index. Nothing else is wrong with the store then,
    /// and without this it would stop again at the next replay of the same key.
    ///
    /// - Returns: How many segments are rebuilt.
    mutating func giveUpDamagedSegments() throws(SQLiteError) -> Int {
        let transaction = try begin()
        let count = try ledger.giveUpDamagedSegments()
        try commit(transaction)
        return count
    }

    /// Begins a transaction, which ends with ``commit(_:)`` or is rolled back.
    mutating func begin() throws(SQLiteError) -> Transaction {
        let transaction = try connection.beginImmediate()
        changesAtBeginning = connection.changeCount
        return transaction
    }

    /// Commits. The first transaction that writes something after the whole log was copied also writes the log's
    /// number: that is where SQLite starts the log again, unless a reader is in the way. If another process copied the
    /// log, this shows only after the commit, so the next transaction writes the number.
    mutating func commit(_ transaction: consuming Transaction) throws(SQLiteError) {
        let numbersLog = hasToNumberLog && connection.changeCount != changesAtBeginning
        if numbersLog { try connection.prepare(SQL.numberLog).run() }
        try transaction.commit()
        let beginnings = connection.logBeginnings
        hasToNumberLog = !numbersLog && (hasToNumberLog || beginnings != logBeginnings)
        logBeginnings = beginnings
    }

    /// Copies the write-ahead log into the database file, if that is due. Readers may block a part of it; if they have
    /// done so for long, those of this process wait for a moment.
    mutating func checkpointIfDue() throws(SQLiteError) {
        guard checkpoints.isDue(logPages: connection.logPages) else { return }
        let stopwatch = Stopwatch()
        var result = try connection.checkpoint(.passive)
        if !result.isComplete, checkpoints.pausesReaders(logPages: connection.logPages) {
            result = try checkpointWithoutReaders()
        }
        meter.noteCheckpoint(seconds: stopwatch.seconds)
        checkpoints.note(isComplete: result.isComplete, logPages: connection.logPages)
        if result.isComplete { hasToNumberLog = true }
    }

    /// Copies the log while none of this process's readers is active. A reader that begins once all of it has been
    /// copied needs nothing from the log, so the next transaction starts it again at its beginning.
    private func checkpointWithoutReaders() throws(SQLiteError) -> Connection.CheckpointResult {
        guard let readers else { return try connection.checkpoint(.passive) }
        _ = readers.pause(atMostMilliseconds: Limits.readersPauseMilliseconds)
        defer { readers.resume() }
        return try connection.checkpoint(.passive)
    }
}
