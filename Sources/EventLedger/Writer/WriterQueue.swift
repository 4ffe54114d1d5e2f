import DequeModule
import EventModel

/// The decisions of the writer's queue, without threads: what is let in, what makes up a transaction, when to sleep,
/// when to end. The thread around it only does what it is told.
struct WriterQueue: ~Copyable {
    /// What to do after something was put in.
    enum Admission: Equatable {
        /// The writer is at work and will come to it.
        case queued
        /// The writer sleeps: wake it.
        case wake
        /// Nothing was put in.
        case refused(StoreError)
    }

    /// What the writer does next.
    enum Step {
        /// Run these commands in one transaction.
        case run([WriterCommand])
        /// Nobody waits: do a slice of what is due anyway.
        case workInBackground
        /// Sleep until woken.
        case sleep
        /// Everything was answered: end.
        case finish
    }

    private enum State: Equatable {
        case open
        case closing
        case failed(StoreError)
    }

    private var state = State.open
    private var isAsleep = false
    private var commands: Deque<WriterCommand> = []
    private var bytes = 0

    /// Why nothing is let in, where that is so.
    var refusal: StoreError? {
        switch state {
        case .open: nil
        case .closing: .closed
        case .failed(let error): error
        }
    }

    /// Lets commands in, all or none of them.
    mutating func admit(_ new: [WriterCommand]) -> Admission {
        if let refusal { return .refused(refusal) }
        let newBytes = new.reduce(0) { $0 + $1.byteCount }
        guard
            commands.count + new.count <= Limits.queuedCommands,
            bytes + newBytes <= Limits.queuedBytes
        else {
            return .refused(.overloaded)
        }
        commands.append(contentsOf: new)
        bytes += newBytes
        return wakeIfAsleep() ? .wake : .queued
    }

    /// Decides what the writer does next: what has queued up while the last sync ran makes up the next transaction.
    ///
    /// - Parameter hasBackgroundWork: Whether there is something to do when nobody waits.
    mutating func next(hasBackgroundWork: Bool) -> Step {
        if !commands.isEmpty { return .run(takeBatch()) }
        if case .open = state {
            if hasBackgroundWork { return .workInBackground }
            isAsleep = true
            return .sleep
        }
        return .finish
    }

    /// Lets nothing more in; what is in is still answered.
    ///
    /// - Returns: Whether the writer has to be woken to see that.
    mutating func close() -> Bool {
        if state == .open { state = .closing }
        return wakeIfAsleep()
    }

    /// Lets nothing more in, because the disk is in doubt.
    ///
    /// - Returns: What was waiting; it is to be failed with the error.
    mutating func fail(_ error: StoreError) -> [WriterCommand] {
        state = .failed(error)
        defer {
            commands.removeAll()
            bytes = 0
        }
        return Array(commands)
    }

    private mutating func takeBatch() -> [WriterCommand] {
        var batch: [WriterCommand] = []
        batch.reserveCapacity(min(commands.count, Limits.commandsPerTransaction))
        var batchBytes = 0
        while batch.count < Limits.commandsPerTransaction, let command = commands.first {
            let size = command.byteCount
            // A command that is larger than a whole transaction may be still runs, alone.
            if !batch.isEmpty, batchBytes + size > Limits.bytesPerTransaction { break }
            commands.removeFirst()
            batch.append(command)
            batchBytes += size
        }
        bytes -= batchBytes
        return batch
    }

    private mutating func wakeIfAsleep() -> Bool {
        defer { isAsleep = false }
        return isAsleep
    }
}
