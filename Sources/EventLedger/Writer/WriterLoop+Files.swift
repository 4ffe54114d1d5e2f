import Dispatch
import EventModel
import Logging
import SQLite

/// What the writer's thread does where files of the store are removed, replaced or cut while it is open.
extension WriterLoop {
    /// Looks, before anything is written and again before anybody is told of it, whether it can be found by whoever opens the store
    /// next.
    ///
    /// - Returns: Why the store stopped; nil where it goes on.
    mutating func stopIfFilesAreGone() -> StoreError? {
        let losses = files?.losses() ?? []
        guard let first = losses.first else { return stopIfLogIsCut() }
        let reason = StoreError.writeFailed(reason: "\(first.path) was removed or replaced while the store was open")
        stop(reason)
        retakeLock(losses)
        hasToCopyLog = hasToCopyLog || mayCopyLog(losses)
        return reason
    }

    /// Looks whether the log was cut in place. One that another process has copied into the database is shorter as well, but nothing
    /// is missing then: SQLite begins the log anew with the next commit, which tells the two apart.
    private mutating func stopIfLogIsCut() -> StoreError? {
        guard session.connection.isLogShort else { return nil }
        do throws(SQLiteError) {
            try session.commitPage()
            return nil
        } catch {
            // Where there was no room for it, it is looked at again the next time.
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

    /// Whether the log has no name any more and may be copied into the database, which is where it was. It is open here, and
    /// nowhere else can anybody read from it what was acknowledged.
    ///
    /// Another log in its place would be applied to the database by the next opening, over what is newer. And where the lock is
    /// another one, another process may be writing.
    private func mayCopyLog(_ losses: [StoreFiles.Loss]) -> Bool {
        func loss(of file: String) -> StoreFiles.Loss? { losses.first { $0.path == file } }
        guard
            loss(of: path.writeAheadLog) != nil, StorePath.size(of: path.writeAheadLog) == 0,
            loss(of: path.database) == nil
        else { return false }
        return loss(of: path.lock) == nil || lock != nil
    }

    /// Takes a lock that is gone again, by its name, and keeps others out until the store is closed: it still answers from what it
    /// has in memory.
    private mutating func retakeLock(_ losses: [StoreFiles.Loss]) {
        guard let lost = losses.first(where: { $0.path == path.lock }), !lost.isReplaced, lock == nil else { return }
        lock = try? StoreLock(path)
    }

    /// Copies what has no name into the database. A reader that still reads from the log holds up a part of it, and it may want
    /// for room; that is tried again later.
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

    /// Copies it in the end, for as long as the store is held, and for a while longer if a reader is in the way.
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
