import Dispatch
import EventModel
import Synchronization

/// The queue between those who ask and the one thread that writes.
final class WriterMailbox: Sendable {
    private let queue = Mutex(WriterQueue())
    private let wakeUp = DispatchSemaphore(value: 0)
    private let closing = DispatchSemaphore(value: 0)
    /// Whether the last write found no room on the disk.
    private let hasNoRoom = Atomic(false)

    /// Puts a command in; a command that is refused is failed at once.
    func send(_ command: WriterCommand) {
        switch queue.withLock({ $0.admit(command) }) {
        case .queued: break
        case .wake: wakeUp.signal()
        case .refused(let error): command.fail(error)
        }
    }

    /// What has come in since a transaction was begun and still fits into it. Called by the writer's thread only.
    func more(_ room: inout TransactionRoom) -> [WriterCommand] {
        queue.withLock { $0.take(&room) }
    }

    /// Whether somebody waits for the writer.
    var isEmpty: Bool { queue.withLock { $0.isEmpty } }

    /// What the writer does next, once there is something to do. Called by the writer's thread only; it never returns
    /// ``WriterQueue/Step/sleep``.
    ///
    /// - Parameter background: Whether there is work to be done when nobody waits, and when.
    func next(background: BackgroundWork) -> WriterQueue.Step {
        while true {
            let step = queue.withLock { $0.next(hasBackgroundWork: background == .now) }
            guard case .sleep = step else { return step }
            if wakeUp.wait(timeout: .now() + .milliseconds(background.milliseconds)) == .timedOut {
                return queue.withLock { $0.next(hasBackgroundWork: true) }
            }
        }
    }

    /// When work is done that nobody waits for.
    enum BackgroundWork {
        /// There is none, but now and then the writer has to check whether the store's files are in their place.
        case none
        /// There may be some after a while: requests of limited accounts are counted.
        case afterInterval
        /// The writer has to check after a moment whether the disk has room again.
        case afterSecond
        /// When nobody has come for a moment. The queue is also empty between two batches of callers that take turns,
        /// and a transaction at that time would make them all wait.
        case afterDelay
        /// Nobody has come for a moment: go on.
        case now

        /// How long the writer waits for somebody to come.
        fileprivate var milliseconds: Int {
            switch self {
            case .none: Limits.idleLookMilliseconds
            case .afterInterval: min(Limits.idleLookMilliseconds, Int(Limits.rateCountIntervalMilliseconds))
            case .afterSecond: 1_000
            case .afterDelay, .now: Limits.backgroundDelayMilliseconds
            }
        }
    }

    /// Lets nothing more in; what is already queued is still answered.
    func close() {
        if queue.withLock({ $0.close() }) { wakeUp.signal() }
        closing.signal()
    }

    /// Waits until it is closed. Called by the writer's thread only, after the last step.
    func waitUntilClosed() { closing.wait() }

    /// Waits for a while, and returns whether it is closed by then. Called by the writer's thread only, after the last
    /// step.
    func isClosed(withinMilliseconds milliseconds: Int) -> Bool {
        guard closing.wait(timeout: .now() + .milliseconds(milliseconds)) == .success else { return false }
        closing.signal()
        return true
    }

    /// Lets nothing more in and fails what waits.
    func fail(_ error: StoreError) {
        for command in queue.withLock({ $0.fail(error) }) {
            command.fail(error)
        }
    }

    /// How much waits for the writer.
    var load: (commands: Int, bytes: Int) { queue.withLock { ($0.count, $0.bytes) } }

    /// Whether there is no room on the disk. Only writing finds this out, so only the writer sets it.
    var isDiskFull: Bool {
        get { hasNoRoom.load(ordering: .relaxed) }
        set { hasNoRoom.store(newValue, ordering: .relaxed) }
    }

    /// Why nothing is let in; nil if commands are let in.
    var refusal: StoreError? { queue.withLock { $0.refusal } }
}
