import Dispatch
import EventModel
import Logging
import SQLite

/// What the writer's thread does from the opening of a store to its end.
struct WriterLoop: ~Copyable {
    var session: WriterSession
    let mailbox: WriterMailbox
    let path: StorePath
    var files: StoreFiles?
    /// Set if the store stopped because its log has no name any more, until all of the log is in the database.
    var hasToCopyLog = false
    /// The lock taken again by its name, if the first one has lost that name.
    var lock: StoreLock?
    let logger: Logger
    /// Set while background work fails, mostly for lack of room, so that it is not tried again until something else was
    /// written.
    var isBackgroundSuspended = false
    private var hasNotedSuspendedMerging = false
    /// Set if the store stopped because something is missing in the ledger's index, and nothing else is wrong.
    var hasToMendIndex = false
    /// Runs the callers' completions while the writer has more work waiting. A caller that the writer answers itself
    /// may therefore be answered before an earlier one.
    private let answers = DispatchQueue(label: "event-ledger-answers")

    init(session: consuming WriterSession, mailbox: WriterMailbox, path: StorePath, logger: Logger) {
        files = session.files
        self.session = session
        self.mailbox = mailbox
        self.path = path
        self.logger = logger
    }

    /// Runs until the queue is closed and empty, or the disk is in doubt.
    mutating func run() {
        var isIdle = false
        while true {
            let step = mailbox.next(background: backgroundWork(isIdle: isIdle))
            switch step {
            case .run: isIdle = false
            case .workInBackground: isIdle = true
            case .sleep: preconditionFailure("the mailbox sleeps by itself")
            case .finish: return
            }
            take(consume step)
        }
    }

    /// - Parameter isIdle: Whether the last thing that was done was background work.
    private func backgroundWork(isIdle: Bool) -> WriterMailbox.BackgroundWork {
        if session.hasBackgroundWork, !isBackgroundSuspended { return isIdle ? .now : .afterDelay }
        if mailbox.isDiskFull { return .afterSecond }
        return session.countsRequests ? .afterInterval : .none
    }

    /// Carries out what the queue decided on, and what follows from it.
    mutating func take(_ step: consuming WriterQueue.Step) {
        switch consume step {
        case .run(let commands, let room): run(consume commands, room)
        case .workInBackground:
            guard stopIfFilesAreGone() == nil else { break }
            if mailbox.isDiskFull { probeRoom() }
            if stopped == nil, !isBackgroundSuspended || session.countsRequests { workInBackground() }
        case .sleep, .finish: return
        }
        // A checkpoint syncs, and after a failed sync nothing more is synced.
        if stopped == nil { checkpointIfDue() }
        mendIndexIfDamaged()
    }

    /// What put the disk in doubt, so that the store stopped; nil if nothing did.
    private var stopped: StoreError? { mailbox.refusal.flatMap { $0 == .closed ? nil : $0 } }

    /// Leaves the store so that nothing has to be recovered: counts written, log copied and truncated. After a failure
    /// the disk is in doubt, and everything is left for the next opening to check.
    ///
    /// - Returns: The lock, if another one than that of the opening is held.
    consuming func close() -> StoreLock? {
        guard mailbox.refusal == .closed, stopIfFilesAreGone() == nil else {
            copyLogUntilClosed()
            return lock
        }
        do throws(SQLiteError) {
            session.collectRateCounts()
            while session.hasPendingNotes { try session.workInBackground(onLedger: false) }
            // First, because otherwise a log that is two epochs ahead of the file could be left.
            try session.connection.checkpoint(.truncate)
            try StoreOpening.endEpoch(session.connection)
            try session.connection.checkpoint(.truncate)
        } catch {
            logger.warning("closing the store left work for the next opening", metadata: ["error": "\(error)"])
        }
        return lock
    }

    private mutating func run(_ commands: consuming [WriterCommand], _ room: TransactionRoom) {
        guard !failIfFilesAreGone(commands) else { return }
        var room = room
        let outcomes: [WriterCommand.Outcome]
        do {
            let mailbox = mailbox
            outcomes = try session.run(&commands) { mailbox.more(&room) }
        } catch {
            return handle(error, of: commands)
        }
        guard !failIfFilesAreGone(commands) else { return }
        didRun(consume commands, outcomes)
    }

    /// - Parameter commands: Handed over to whoever tells their callers, which then also releases their events: for a
    ///   list of a thousand that takes time.
    private mutating func didRun(_ commands: consuming [WriterCommand], _ outcomes: [WriterCommand.Outcome]) {
        if session.didWrite {
            isBackgroundSuspended = false
            mailbox.isDiskFull = false
        }
        let isSoonTold = WriterLoop.isSoonTold(commands)
        let tell = { @Sendable [commands = consume commands] in
            for (command, outcome) in zip(commands, outcomes) { command.complete(outcome) }
        }
        // If others are already waiting, the next transaction begins while the callers of this one are told.
        if mailbox.isEmpty || isSoonTold { tell() } else { answers.async(execute: tell) }
        noteSuspendedMerging()
    }

    /// Whether telling the callers is too little work to wake another thread for: an event loop hands over what came in
    /// during a turn as one command, and is told about all of it at once.
    private static func isSoonTold(_ commands: [WriterCommand]) -> Bool {
        commands.count <= 4 && commands.allSatisfy { $0.count <= 64 }
    }

    private mutating func noteSuspendedMerging() {
        guard session.ledger.isMergingSuspended, !hasNotedSuspendedMerging else { return }
        hasNotedSuspendedMerging = true
        logger.error("a page of the ledger's index is damaged; run `store-admin verify`")
    }

    private mutating func handle(_ failure: WriterSession.Failure, of commands: [WriterCommand]) {
        let error = failure.error
        if error.isDiskFull { mailbox.isDiskFull = true }
        if let reason = stopReason(for: failure) {
            stop(reason, after: error)
            for command in commands { command.fail(reason) }
        } else if failIfFilesAreGone(commands) {
            return
        } else if error.isDiskFull || !failure.mayBeOneCommand || (commands.count == 1 && commands[0].count <= 1) {
            logger.error("a transaction failed", metadata: ["error": "\(error)", "commands": "\(commands.count)"])
            for command in commands { command.fail(StoreError(error)) }
        } else {
            // One of them is at fault; run separately, the rest succeed.
            for command in commands { runApart(command) }
        }
    }

    /// Runs a command in its own transaction, and each event of a list likewise.
    private mutating func runApart(_ command: WriterCommand) {
        guard case .ingestMany(let events, let account, let completion) = command else {
            switch runAlone(command) {
            case .success(let outcome): command.complete(outcome)
            case .failure(let error): command.fail(error)
            }
            return
        }
        var results: [Result<IngestOutcome, StoreError>] = []
        for event in events {
            let outcome = runAlone(.ingest(event, account: account, completion: .call { _ in }))
            results.append(
                outcome.map { outcome in
                    guard case .ingest(let outcome) = outcome else { preconditionFailure("an ingest has its outcome") }
                    return outcome
                }
            )
        }
        completion(results)
    }

    /// Runs a command in its own transaction, without telling anybody.
    private mutating func runAlone(_ command: WriterCommand) -> Result<WriterCommand.Outcome, StoreError> {
        // The command before may have left the disk in doubt.
        if let stopped { return .failure(stopped) }
        var commands = [command]
        do {
            let outcome = try session.run(&commands)[0]
            if let reason = stopIfFilesAreGone() { return .failure(reason) }
            return .success(outcome)
        } catch {
            let reason = stopReason(for: error)
            if let reason { stop(reason, after: error.error) }
            logger.error("a transaction failed", metadata: ["error": "\(error.error)", "commands": "1"])
            return .failure(reason ?? StoreError(error.error))
        }
    }

    /// Why the store stops after a failure, nil if it goes on: it may be uncertain what the disk holds. A failed sync
    /// is never tried again: the system may have dropped the pages that it could not write, and a second sync would
    /// succeed without them.
    func stopReason(for failure: WriterSession.Failure) -> StoreError? {
        if failure.error.leavesDiskInDoubt, session.connection.isLogShort { return cutLog }
        if case .inDoubt(let error) = failure { return .writeFailed(reason: error.summary) }
        // The transaction should be gone by now; if it could not be rolled back, nothing more can be trusted.
        guard failure.error.leavesDiskInDoubt || !session.connection.isAutocommit else { return nil }
        return StoreError(failure.error)
    }

    mutating func stop(_ reason: StoreError, after failure: SQLiteError? = nil) {
        logger.critical("the store stopped taking events", metadata: ["error": "\(reason)"])
        mailbox.fail(reason)
        if failure?.isMissingInIndex == true, session.connection.isAutocommit { hasToMendIndex = true }
    }
}
