import Dispatch
import EventModel
import Logging
import SQLite

/// What the writer's thread does if files of the store are removed, replaced or truncated while it is open.
extension WriterLoop {
    /// Checks, before anything is written and again before anybody is told of it, whether whoever opens the store next
    /// can find what is written.
    ///
    /// - Returns: Why the store stopped; nil if it goes on.
    mutating func stopIfFilesAreGone() -> StoreError? {
        let losses = files?.losses() ?? []
        guard let first = losses.first else { return stopIfLogIsCut() }
        let reason = StoreError.writeFailed(reason: "\(first.path) was removed or replaced while the store was open")
        stop(reason)
        retakeLock(losses)
        hasToCopyLog = hasToCopyLog || mayCopyLog(losses)
        return reason
    }

    /// Checks whether the log was truncated in place. A log that another process has copied into the database is
    /// shorter as well, but then nothing is missing: SQLite starts the log again with the next commit, which tells the
    /// two cases apart.
    private mutating func stopIfLogIsCut() -> StoreError? {
        guard session.connection.isLogShort else { return nil }
        do throws(SQLiteError) {
            try session.commitPage()
            return nil
        } catch {
            // If there was no room for it, this is checked again the next time.
            guard error.leavesDiskInDoubt, session.connection.isLogShort else { return nil }
            stop(cutLog, after: error)
            return cutLog
        }
    }

    var cutLog: StoreError { .writeFailed(reason: "\(path.writeAheadLog) was cut while the store was open") }

    /// - Returns: Whether the store stopped, and everybody was told.
    mutating func failIfFilesAreGone(_ commands: [WriterCommand]) -> Bool {
        guard let reason = stopIfFilesAreGone() else { return false }
        for command in commands { command.fail(reason) }
        return true
    }

    /// Whether the log no longer has a name and may be copied into the database, which is still in its place. The log
    /// is open here, and nobody can read anywhere else what was acknowledged in it.
    ///
    /// Another log in its place would be applied to the database by the next opening, over what is newer. And if the
    /// lock is another file, another process may be writing.
    private func mayCopyLog(_ losses: [StoreFiles.Loss]) -> Bool {
        func loss(of file: String) -> StoreFiles.Loss? { losses.first { $0.path == file } }
        guard
            loss(of: path.writeAheadLog) != nil, StorePath.size(of: path.writeAheadLog) == 0,
            loss(of: path.database) == nil
        else { return false }
        return loss(of: path.lock) == nil || lock != nil
    }

    /// Takes the lock again, by its name, if its file was removed. This keeps others out until the store is closed: the
    /// store still answers from what it has in memory.
    private mutating func retakeLock(_ losses: [StoreFiles.Loss]) {
        guard let lost = losses.first(where: { $0.path == path.lock }), !lost.isReplaced, lock == nil else { return }
        lock = try? StoreLock(path)
    }

    /// Copies a log without a name into the database. A reader that still reads from the log blocks a part of it, and
    /// there may be no room for it; that is tried again later.
    private mutating func copyLogIfUnnamed() {
        guard hasToCopyLog else { return }
        do {
            guard try session.connection.checkpoint(.passive).isComplete else { return }
            hasToCopyLog = false
            logger.error("what was in the log was copied into the database")
        } catch {
            guard error.leavesDiskInDoubt else { return }
            hasToCopyLog = false
            logger.critical("the log could not be copied into the database", metadata: ["error": "\(error)"])
        }
    }

    /// Tries to copy it for as long as the store is held, and for a while longer if a reader is in the way.
    mutating func copyLogUntilClosed() {
        copyLogIfUnnamed()
        if hasToCopyLog {
            logger.error(
                "what is in the log cannot be copied into the database yet; does a process still read from it?"
            )
        }
        while hasToCopyLog, !mailbox.isClosed(withinMilliseconds: Limits.unnamedLogIntervalMilliseconds) {
            copyLogIfUnnamed()
        }
        let deadline = DispatchTime.now() + .milliseconds(Limits.unnamedLogMilliseconds)
        let pause = DispatchSemaphore(value: 0)
        while hasToCopyLog, DispatchTime.now() < deadline {
            _ = pause.wait(timeout: .now() + .milliseconds(Limits.unnamedLogIntervalMilliseconds))
            copyLogIfUnnamed()
        }
        if hasToCopyLog { logger.critical("a part of the log could not be copied into the database, and is lost") }
    }
}
