import EventModel

/// What follows from a transaction in memory: it stands where the transaction was committed, and is forgotten where it was
/// rolled back.
extension WriterSession {
    /// Tells the meter of a transaction.
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

    /// What the transaction did in memory stands.
    mutating func keepChanges() {
        ledger.commit()
        for replay in newReplays {
            pending.addReplay(ofEntry: replay.entry, payloadDiffers: replay.payloadDiffers, at: now)
        }
        for note in newMismatches { pending.add(note) }
        if !tokenChanges.isEmpty { tokenIndex.apply(tokenChanges) }
        clear()
    }

    /// What the transaction did in memory is forgotten; what is known of accounts is read again when it is needed.
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
