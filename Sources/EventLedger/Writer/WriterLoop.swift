import EventModel
import Logging
import SQLite

/// What the writer's thread does from the opening of a store to its end.
struct WriterLoop: ~Copyable {
    private var session: WriterSession
    private let mailbox: WriterMailbox
    private let logger: Logger
    /// Set while background work fails, for want of room mostly, so that it is not tried again until something else was
    /// written.
    private var isBackgroundSuspended = false

    init(session: consuming WriterSession, mailbox: WriterMailbox, logger: Logger) {
        self.session = session
        self.mailbox = mailbox
        self.logger = logger
    }

    /// Runs until the queue is closed and empty, or the disk is in doubt.
    mutating func run() {
        while true {
            switch mailbox.next(hasBackgroundWork: session.hasBackgroundWork && !isBackgroundSuspended) {
            case .run(let commands):
                run(commands)
                checkpointIfDue()
            case .workInBackground:
                workInBackground()
                checkpointIfDue()
            case .sleep:
                preconditionFailure("the mailbox sleeps by itself")
            case .finish:
                return
            }
        }
    }

    /// Leaves the store so that nothing has to be recovered: counts written, log copied and cut. After a failure the disk
    /// is in doubt, and everything is left for the next opening to look at.
    consuming func close() {
        guard mailbox.refusal == .closed else { return }
        do throws(SQLiteError) {
            while session.hasBackgroundWork { try session.workInBackground() }
            try session.connection.checkpoint(.truncate)
        } catch {
            logger.warning("closing the store left work for the next opening", metadata: ["error": "\(error)"])
        }
    }

    private mutating func run(_ commands: [WriterCommand]) {
        do {
            let outcomes = try session.run(commands)
            if session.didWrite { isBackgroundSuspended = false }
            for (command, outcome) in zip(commands, outcomes) { command.complete(outcome) }
        } catch {
            handle(error, of: commands)
        }
    }

    private mutating func handle(_ failure: WriterSession.Failure, of commands: [WriterCommand]) {
        let (error, mayBeOneCommand) =
            switch failure {
            case .command(let error): (error, true)
            case .transaction(let error): (error, false)
            }
        if endsWriting(error) {
            stop(StoreError(error))
            for command in commands { command.fail(StoreError(error)) }
        } else if error.isDiskFull || !mayBeOneCommand || commands.count == 1 {
            logger.error("a transaction failed", metadata: ["error": "\(error)", "commands": "\(commands.count)"])
            for command in commands { command.fail(StoreError(error)) }
        } else {
            // One of them is at fault; apart from each other the rest get through.
            for command in commands { run([command]) }
        }
    }

    /// Whether an error leaves it open what the disk holds. A failed sync is never tried again: the system may have
    /// dropped the pages that it could not write, and a second sync would succeed without them.
    private func endsWriting(_ error: SQLiteError) -> Bool {
        if error.isDamage { return true }
        if error.isInputOutputError && !error.isDiskFull { return true }
        // The transaction should be gone by now; if it could not be rolled back, nothing more can be trusted.
        return !session.connection.isAutocommit
    }

    private func stop(_ error: StoreError) {
        logger.critical("the store stopped taking events", metadata: ["error": "\(error)"])
        mailbox.fail(error)
    }

    private mutating func workInBackground() {
        do {
            try session.workInBackground()
        } catch {
            isBackgroundSuspended = true
            note(error, "counting repeats")
        }
    }

    private mutating func checkpointIfDue() {
        do {
            try session.checkpointIfDue()
        } catch {
            note(error, "a checkpoint")
        }
    }

    private func note(_ error: SQLiteError, _ action: String) {
        if endsWriting(error) {
            stop(StoreError(error))
        } else {
            logger.warning("\(action) failed and will be tried again", metadata: ["error": "\(error)"])
        }
    }
}
