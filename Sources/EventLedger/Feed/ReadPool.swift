import DequeModule
import Dispatch
import EventModel
import SQLite
import Synchronization

/// A few read-only connections, each with its own queue, so that a read blocks none of Swift's cooperative threads.
/// Further reads wait in a queue of limited length.
final class ReadPool: Sendable {
    /// One queue, and the connection that is opened on it at first use.
    private final class Lane: @unchecked Sendable {
        // Unchecked: only work on `queue`, which is serial, touches the connection.
        let queue: DispatchQueue
        var connection: ReadConnection?

        /// The lane's connection, opened if it is not open yet; called on `queue`.
        func open(_ path: StorePath, _ parameters: LedgerParameters) throws(StoreError) -> ReadConnection {
            if let connection { return connection }
            let opened = try ReadConnection(path, parameters)
            connection = opened
            return opened
        }

        init(number: Int) {
            queue = DispatchQueue(label: "event-ledger-reader-\(number)")
        }
    }

    private typealias Job = @Sendable (Lane) -> Void

    private struct State {
        var idle: [Lane]
        var waiting: Deque<Job> = []
        var isClosed = false
        /// While this is set no read begins; see ``ReadPool/pause(atMostMilliseconds:)``.
        var isPaused = false
    }

    private enum Admission {
        case run(Lane)
        case queued
        case refused(StoreError)
    }

    private let path: StorePath
    private let parameters: LedgerParameters
    private let lanes: [Lane]
    private let state: Mutex<State>
    /// Signalled when the last running read has ended during a pause.
    private let quiet = DispatchSemaphore(value: 0)

    init(_ path: StorePath, _ parameters: LedgerParameters, connections: Int = Limits.readConnections) {
        self.path = path
        self.parameters = parameters
        lanes = (1...connections).map(Lane.init(number:))
        state = Mutex(State(idle: lanes))
    }

    /// Runs `body` on one of the connections.
    ///
    /// - Throws: What `body` throws; ``StoreError/overloaded`` when too many reads wait; ``StoreError/closed``.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (ReadConnection) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            submit({ [path, parameters] lane in
                do throws(StoreError) {
                    let connection = try lane.open(path, parameters)
                    continuation.resume(returning: .success(try body(connection)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }) { error in
                continuation.resume(returning: .failure(error))
            }
        }
        return try result.get()
    }

    /// How many reads wait for a connection.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Admits no more reads, and returns when the admitted ones have ended and every connection is closed. Whoever
    /// opens the store next then meets no connection that still holds its files.
    func close() async {
        state.withLock { state in
            state.isClosed = true
            state.idle.removeAll()
        }
        for lane in lanes {
            await withCheckedContinuation { continuation in
                lane.queue.async {
                    lane.connection = nil
                    continuation.resume()
                }
            }
        }
    }

    private func submit(_ job: @escaping Job, refuse: (StoreError) -> Void) {
        let admission = state.withLock { state -> Admission in
            if state.isClosed { return .refused(.closed) }
            if !state.isPaused, let lane = state.idle.popLast() { return .run(lane) }
            guard state.waiting.count < Limits.queuedReads else { return .refused(.overloaded) }
            state.waiting.append(job)
            return .queued
        }
        switch admission {
        case .run(let lane): lane.queue.async { self.run(job, on: lane) }
        case .queued: break
        case .refused(let error): refuse(error)
        }
    }

    /// Runs a job, and then the waiting ones until none is left.
    private func run(_ first: @escaping Job, on lane: Lane) {
        var next: Job? = first
        while let job = next {
            job(lane)
            next = state.withLock { state in
                if !state.isPaused, let waiting = state.waiting.popFirst() { return waiting }
                if !state.isClosed { state.idle.append(lane) }
                // Signalled under the lock, so that no signal comes after the pause that it belongs to.
                if state.isPaused, state.idle.count == lanes.count { quiet.signal() }
                return nil
            }
        }
        if state.withLock({ $0.isClosed }) { lane.connection = nil }
    }

    // MARK: Pausing

    /// Begins no more reads, and waits for those that have begun. Otherwise a steady stream of readers would delay the
    /// copying of the write-ahead log for ever, since one of them would always be reading from the middle of it.
    ///
    /// Called by one thread at a time, which calls ``resume()`` afterwards whatever the result.
    ///
    /// - Returns: Whether no read is running any more.
    func pause(atMostMilliseconds milliseconds: Int) -> Bool {
        let isQuiet = state.withLock { state in
            state.isPaused = true
            return state.isClosed || state.idle.count == lanes.count
        }
        return isQuiet || quiet.wait(timeout: .now() + .milliseconds(milliseconds)) == .success
    }

    /// Ends the pause and begins the reads that waited meanwhile.
    func resume() {
        let begun = state.withLock { state in
            state.isPaused = false
            var begun: [(Lane, Job)] = []
            while let lane = state.idle.last, let job = state.waiting.popFirst() {
                state.idle.removeLast()
                begun.append((lane, job))
            }
            return begun
        }
        for (lane, job) in begun { lane.queue.async { self.run(job, on: lane) } }
        // The last read may have ended just after the timeout; drop its signal.
        while quiet.wait(timeout: .now()) == .success {}
    }
}
