import EventModel
import Logging
import SQLite

/// What the writer's thread does when nobody waits for it, or so that others need not wait.
extension WriterLoop {
    /// Makes the next opening rebuild what is missing in the index from the ledger. The disk is not in doubt: something
    /// was not found on it, but no write failed. This reads all of the index, so the callers are told before.
    mutating func mendIndexIfDamaged() {
        guard hasToMendIndex else { return }
        hasToMendIndex = false
        do {
            let count = try session.giveUpDamagedSegments()
            guard count > 0 else { return }
            logger.error("open the store again to rebuild the index", metadata: ["segments": "\(count)"])
        } catch {
            logger.error("preparing the index to be rebuilt failed", metadata: ["error": "\(error)"])
        }
    }

    /// Checks whether a full disk has room again. If nobody wrote, this would never be known: a load balancer that asks
    /// whether the store takes events sends nobody as long as it does not. That a page can be written does not show
    /// that an event can, so the room on the disk is checked as well.
    mutating func probeRoom() {
        if let free = path.freeBytes, free < Limits.roomBytes { return }
        do {
            try session.commitPage()
            mailbox.isDiskFull = false
            isBackgroundSuspended = false
        } catch {
            if let reason = stopReason(for: .transaction(error)) { stop(reason, after: error) }
        }
    }

    mutating func workInBackground() {
        do {
            try session.workInBackground()
        } catch {
            isBackgroundSuspended = true
            if error.isDiskFull { mailbox.isDiskFull = true }
            note(error, "work in the background")
        }
    }

    mutating func checkpointIfDue() {
        do {
            try session.checkpointIfDue()
        } catch {
            note(error, "a checkpoint")
        }
    }

    private mutating func note(_ error: SQLiteError, _ action: String) {
        if let reason = stopReason(for: .transaction(error)) {
            stop(reason, after: error)
        } else {
            logger.warning("\(action) failed and will be tried again", metadata: ["error": "\(error)"])
        }
    }
}
