import EventModel

/// How much more goes into a transaction.
struct TransactionRoom {
    private var count = Limits.commandsPerTransaction
    private var bytes = Limits.bytesPerTransaction
    private var isEmpty = true

    /// Takes the room that a number of commands needs, if all of them fit.
    mutating func take(_ newCount: Int, bytes newBytes: Int) -> Bool {
        guard newCount <= count, newBytes <= bytes else { return false }
        isEmpty = false
        count -= newCount
        bytes -= newBytes
        return true
    }

    /// Takes the room that a command needs, if it fits. A command that exceeds the limits of a whole transaction
    /// still runs, alone.
    mutating func take(_ command: WriterCommand) -> Bool {
        if take(command.count, bytes: command.byteCount) { return true }
        guard isEmpty else { return false }
        isEmpty = false
        (count, bytes) = (0, 0)
        return true
    }
}

/// The decisions of the writer's queue, without threads: what is let in, what makes up a transaction, when to sleep,
/// when to end. The thread around it only does what it is told.
struct WriterQueue: ~Copyable {
    /// What to do after something was put in.
    enum Admission: Equatable {
        /// The writer is at work and will get to it.
        case queued
        /// The writer sleeps: wake it.
        case wake
        /// Nothing was put in.
        case refused(StoreError)
    }

    /// What the writer does next.
    enum Step {
        /// Run these commands in one transaction, which has room for more that come in meanwhile.
        case run([WriterCommand], TransactionRoom)
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
    private var commands: [WriterCommand] = []
    private(set) var count = 0
    private(set) var bytes = 0
    /// What each account holds; nil if nobody can have held too much since the queue was empty.
    private var shares: QueueShares?

    /// Why nothing is let in; nil if commands are let in.
    var refusal: StoreError? {
        switch state {
        case .open: nil
        case .closing: .closed
        case .failed(let error): error
        }
    }

    var isEmpty: Bool { commands.isEmpty }

    /// Lets a command in. An account may hold no more than it leaves free: half of the queue if it is alone.
    mutating func admit(_ new: WriterCommand) -> Admission {
        if let refusal { return .refused(refusal) }
        let (newCount, newBytes) = (count + new.count, bytes + new.byteCount)
        let (countLeft, bytesLeft) = (Limits.queuedCommands - newCount, Limits.queuedBytes - newBytes)
        guard countLeft >= 0, bytesLeft >= 0 else { return .refused(.overloaded) }
        if newCount > countLeft || newBytes > bytesLeft {
            if shares == nil { shares = QueueShares(commands) }
            let isAdmitted = shares?.admits(new, leaving: countLeft, bytes: bytesLeft) ?? true
            guard isAdmitted else { return .refused(.overloaded) }
        }
        shares?.add(new)
        commands.append(new)
        (count, bytes) = (newCount, newBytes)
        return wakeIfAsleep() ? .wake : .queued
    }

    /// Decides what the writer does next: what has queued up while the last sync ran begins the next transaction.
    ///
    /// - Parameter hasBackgroundWork: Whether there is something to do when nobody waits.
    mutating func next(hasBackgroundWork: Bool) -> Step {
        if !commands.isEmpty {
            var room = TransactionRoom()
            let batch = take(&room)
            return .run(batch, room)
        }
        isAsleep = false
        if case .open = state {
            if hasBackgroundWork { return .workInBackground }
            isAsleep = true
            return .sleep
        }
        return .finish
    }

    /// Lets nothing more in; what is already queued is still answered.
    ///
    /// - Returns: Whether the writer has to be woken to see that.
    mutating func close() -> Bool {
        if state == .open { state = .closing }
        return wakeIfAsleep()
    }

    /// Lets nothing more in, because the disk is in doubt.
    ///
    /// - Returns: What was waiting; the caller has to fail it with the error.
    mutating func fail(_ error: StoreError) -> [WriterCommand] {
        state = .failed(error)
        defer {
            commands.removeAll()
            shares = nil
            count = 0
            bytes = 0
        }
        return commands
    }

    /// Takes out what fits in a transaction besides what is already in it.
    mutating func take(_ room: inout TransactionRoom) -> [WriterCommand] {
        // Nearly always all of it fits, and is handed over as it is.
        if room.take(count, bytes: bytes) {
            let all = commands
            shares = nil
            commands = []
            count = 0
            bytes = 0
            return all
        }
        var taken = 0
        while taken < commands.count, room.take(commands[taken]) {
            count -= commands[taken].count
            bytes -= commands[taken].byteCount
            shares?.remove(commands[taken])
            taken += 1
        }
        let batch = Array(commands[..<taken])
        commands.removeFirst(taken)
        return batch
    }

    private mutating func wakeIfAsleep() -> Bool {
        defer { isAsleep = false }
        return isAsleep
    }
}
