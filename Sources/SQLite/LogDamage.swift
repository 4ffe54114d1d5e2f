/// Damage in a write-ahead log that SQLite takes for the end of the log, and what is behind it.
///
/// SQLite reads a log up to the first frame whose checksum is wrong, because the last transaction before a power cut
/// may be torn, and silently forgets what follows (https://www.sqlite.org/walformat.html, "Recovery"). If each commit
/// is synced, only the last transaction can be torn. So if another one was begun behind a later commit, that commit had
/// been synced, and what was written before it was changed afterwards.
package struct LogDamage: Sendable, Hashable {
    /// Where in the log it begins, in bytes; 0 if the log's header is damaged, and all of the log would be forgotten.
    package var offset: Int64
    /// How many ends of transactions are behind it.
    package var commits: Int
}

extension Connection {
    /// The damage in the log that this connection has found, as far as it can be told apart from a transaction that a
    /// power cut tore; nil if there is none.
    ///
    /// The connection must have read the database, and nobody may write to it meanwhile.
    package func logDamage() -> LogDamage? {
        LogInspection(handle)?.damage()
    }
}

/// Reads a log as it is in its file, through the connection that has it open.
private struct LogInspection: ~Copyable {
    private let log: LogFile
    private let database: OpenFile
    /// The frames that SQLite has found to be whole.
    private let knownFrames: Int
    private let pageSize: Int

    init?(_ connection: OpaquePointer) {
        guard
            let database = OpenFile(of: connection, .database), let file = OpenFile(of: connection, .log),
            let knownFrames = database.knownLogFrames, let pageSize = database.pageSize
        else { return nil }
        self.database = database
        self.knownFrames = knownFrames
        self.pageSize = pageSize
        self.log = LogFile(file, pageSize: pageSize)
    }

    /// Finds damage; what cannot be read is not judged, because SQLite has read it, and reports that itself.
    func damage() -> LogDamage? {
        guard log.frameCount > 0 else { return nil }
        // Without a header SQLite has found no frame, unless another connection had read the log before.
        guard let salts = log.salts else { return knownFrames == 0 ? damagedHeader() : nil }
        return damage(behind: knownFrames, salts)
    }

    /// Looks for a transaction that was begun behind a commit that SQLite did not find.
    ///
    /// The commit itself has to be a whole frame: if a frame was half written over an older one, its header may say
    /// that it ends a transaction, with the checksum of the older one.
    private func damage(behind known: Int, _ salts: UInt64) -> LogDamage? {
        var commits = 0
        var isBegunBehindOne = false
        var previous: (frame: LogFrame, isWhole: Bool)?
        // Frames with other salts are left over from before the log last started again.
        for number in stride(from: known + 1, through: log.frameCount, by: 1) {
            guard let frame = log.frame(number) else { return nil }
            var isWhole = false
            if !isBegunBehindOne, frame.salts == salts, let previous {
                isWhole = log.isFrame(number, frame, rightBehind: previous.frame)
                isBegunBehindOne = isWhole && previous.isWhole && previous.frame.isCommit
            }
            if frame.isCommit, frame.salts == salts { commits += 1 }
            previous = (frame, isWhole)
        }
        return isBegunBehindOne ? LogDamage(offset: log.offset(of: known + 1), commits: commits) : nil
    }

    /// Whether the log holds what the database does not, and had not just started again.
    ///
    /// A power cut can tear the header while a log starts again. Everything in the log has been copied into the
    /// database by then, so the last commit's pages are there as well. Or the power cut also tears the first
    /// transaction, behind which no other was begun.
    private func damagedHeader() -> LogDamage? {
        // What tears the header may tear the first frame beside it.
        guard let start = [1, 2].first(where: { isChain(from: $0) }) else { return nil }
        var uncommitted: [(page: UInt32, number: Int)] = []
        var committed: [UInt32: Int] = [:]
        var databasePages: UInt32 = 0
        var commits = 0
        var isBegunBehindOne = false
        var previous: LogFrame?
        for number in start...log.frameCount {
            guard let frame = log.frame(number) else { return nil }
            if let previous, !log.isFrame(number, frame, rightBehind: previous) { break }
            isBegunBehindOne = isBegunBehindOne || previous?.isCommit == true
            previous = frame
            uncommitted.append((frame.page, number))
            guard frame.isCommit else { continue }
            commits += 1
            for (page, number) in uncommitted { committed[page] = number }
            uncommitted.removeAll(keepingCapacity: true)
            databasePages = frame.databasePages
        }
        guard isBegunBehindOne else { return nil }
        let isCopied = committed.allSatisfy { page, number in page > databasePages || isInDatabase(page, number) }
        return isCopied ? nil : LogDamage(offset: 0, commits: commits)
    }

    private func isChain(from number: Int) -> Bool {
        guard number < log.frameCount, let first = log.frame(number), let second = log.frame(number + 1) else {
            return false
        }
        return log.isFrame(number + 1, second, rightBehind: first)
    }

    private func isInDatabase(_ page: UInt32, _ number: Int) -> Bool {
        guard page > 0, let logged = log.page(number) else { return false }
        return database.bytes(at: Int64(page - 1) * Int64(pageSize), count: pageSize) == logged
    }
}
