import EventModel
import NIOCore

/// The deadlines of one connection: how long it may do nothing, and how long a client may take over a head, over a body
/// and over reading an answer.
///
/// There is not one timer per phase, because a busy connection goes through thousands of phases a second. One check is
/// scheduled at a time, and it is moved only when a new phase ends sooner than the check would come.
///
/// It belongs to the connection's event loop, like the two handlers that share it.
final class RequestDeadlines {
    /// What a connection is doing.
    enum Phase: Sendable, Hashable {
        /// Waiting for the first byte of a request.
        case idle
        /// Receiving a request's head.
        case head
        /// Receiving a request's body.
        case body
        /// Answering: the client has done its part.
        case answering
        /// On a connection of HTTP/2: being without a stream, whatever else comes in.
        case withoutStreams
        /// The connection is being ended; its limits are not decided here.
        case ending
    }

    /// What took too long.
    enum Expiry: Sendable, Hashable {
        /// What the connection was doing.
        case phase(Phase)
        /// Reading: the client took nothing of what waits to be sent to it.
        case stall
    }

    let eventLoop: any EventLoop
    private let limits: ConnectionLimits
    private var deadline: NIODeadline?
    private var stallDeadline: NIODeadline?
    private var pendingBytesAtLastLook = Int.max
    private var check: Scheduled<Void>?
    private var checkAt: NIODeadline?

    /// What the connection is doing.
    private(set) var phase = Phase.idle
    /// Called when something took too long.
    var onExpiry: ((Expiry) -> Void)?
    /// How many bytes the client has yet to read: if they are fewer than at the last look, it does read.
    var pendingBytes: (() -> Int)?

    init(eventLoop: any EventLoop, limits: ConnectionLimits) {
        self.eventLoop = eventLoop
        self.limits = limits
    }

    /// Starts a phase. The time that it may take is counted from now.
    func enter(_ phase: Phase) {
        self.phase = phase
        guard let allowance = allowance(for: phase) else {
            deadline = nil
            return
        }
        let deadline = eventLoop.now + allowance
        self.deadline = deadline
        // An earlier check finds out what to do next.
        if let checkAt, checkAt <= deadline { return }
        scheduleCheck()
    }

    /// Notes that bytes came in: if nothing was under way, they begin a request.
    func noteBytes() {
        if phase == .idle { enter(.head) }
    }

    /// Notes whether the client reads its answers as fast as they come.
    ///
    /// While it does not, it has to read something from time to time.
    func noteWritable(_ isWritable: Bool) {
        guard !isWritable else {
            stallDeadline = nil
            return
        }
        stallDeadline = eventLoop.now + limits.stall
        scheduleCheck()
        // The call that wrote may write more: how much the client has to read is known when that call has returned.
        pendingBytesAtLastLook = .max
        eventLoop.assumeIsolated().execute { [self] in pendingBytesAtLastLook = pendingBytes?() ?? 0 }
    }

    /// Requires the client to read from time to time, if anything of its answers is left to read.
    ///
    /// - Returns: Whether anything is left.
    func watchReading() -> Bool {
        guard let pendingBytes, pendingBytes() > 0 else { return false }
        if stallDeadline == nil { noteWritable(false) }
        return true
    }

    /// Stops all checks when the connection is gone.
    func cancel() {
        deadline = nil
        stallDeadline = nil
        check?.cancel()
        check = nil
        checkAt = nil
        onExpiry = nil
        pendingBytes = nil
    }

    private func allowance(for phase: Phase) -> TimeAmount? {
        switch phase {
        case .idle, .withoutStreams: limits.idle
        case .head: limits.head
        case .body: limits.body
        case .answering, .ending: nil
        }
    }

    private var nextDeadline: NIODeadline? {
        switch (deadline, stallDeadline) {
        case (let deadline?, let stall?): min(deadline, stall)
        case (let deadline, let stall): deadline ?? stall
        }
    }

    private func scheduleCheck() {
        guard let next = nextDeadline else { return }
        if let checkAt, checkAt <= next { return }
        check?.cancel()
        check = eventLoop.assumeIsolated().scheduleTask(deadline: next) { self.runCheck() }
        checkAt = next
    }

    private func runCheck() {
        check = nil
        checkAt = nil
        let now = eventLoop.now
        if let stallDeadline, stallDeadline <= now, hasStalled(by: now) {
            deadline = nil
            self.stallDeadline = nil
            onExpiry?(.stall)
            return
        }
        if let deadline, deadline <= now {
            self.deadline = nil
            onExpiry?(.phase(phase))
        }
        scheduleCheck()
    }

    /// Whether the client has read nothing since the last look. Once it has read everything, it is no longer watched.
    private func hasStalled(by now: NIODeadline) -> Bool {
        let pending = pendingBytes?() ?? 0
        if pending == 0, phase != .ending {
            stallDeadline = nil
            return false
        }
        guard pending < pendingBytesAtLastLook else { return true }
        pendingBytesAtLastLook = pending
        stallDeadline = now + limits.stall
        return false
    }
}
