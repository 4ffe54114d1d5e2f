import EventModel

/// What follows from a transaction in memory: it is kept if the transaction was committed, and forgotten if it was
/// rolled back.
extension WriterSession {
    /// Reports a transaction to the meter.
    func note(_ stopwatch: Stopwatch, _ commit: WriterMeter.Commit?) {
        meter.note(
            WriterMeter.Transaction(
                acceptedEvents: newEvents,
                replays: newReplays.count,
                mismatches: newReplays.count { $0.payloadDiffers },
                seconds: stopwatch.seconds,
                commit: commit,
                ledger: ledger.footprint
            )
        )
    }

    /// Keeps what the transaction did in memory.
    mutating func keepChanges() {
        ledger.commit()
        for replay in newReplays {
            pending.addReplay(ofEntry: replay.entry, payloadDiffers: replay.payloadDiffers, at: now)
        }
        for note in newMismatches { pending.add(note) }
        if !tokenChanges.isEmpty { tokenIndex.apply(tokenChanges) }
        clear()
    }

    /// Forgets what the transaction did in memory; accounts are read again when they are needed.
    mutating func rollBack() {
        meter.noteFailedTransaction()
        ledger.rollBack()
        current = nil
        accountStates.removeAll()
        if hasNewContacts { contactCache.removeAll() }
        clear()
    }

    private mutating func clear() {
        current?.isChanged = false
        changedAccounts.removeAll(keepingCapacity: true)
        newReplays.removeAll(keepingCapacity: true)
        newMismatches.removeAll()
        newEvents = 0
        tokenChanges.removeAll()
        hasNewContacts = false
    }
}
