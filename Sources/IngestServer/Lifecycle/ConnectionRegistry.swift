import EventModel
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// The open connections of a server, so that those that are left can be closed when the time to stop is up.
final class ConnectionRegistry: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    /// Keeps a connection until it is closed.
    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { [self] _ in
            _ = channels.withLock { $0.removeValue(forKey: id) }
        }
    }

    /// How many connections are open.
    var count: Int { channels.withLock(\.count) }

    /// Closes every connection, whatever is under way on it.
    func closeAll() {
        for channel in channels.withLock({ Array($0.values) }) {
            channel.triggerUserOutboundEvent(ConnectionEnding.atOnce, promise: nil)
        }
    }

    /// Runs the application that has these connections; some time after it is asked to stop, those that are left are
    /// cut.
    ///
    /// - Parameters:
    ///   - grace: How long that time is; by default a moment, which suits connections that only the operator has.
    ///   - onStop: Called when it is asked to stop.
    ///   - onCut: Called when the time is up.
    func serve(
        _ application: some ApplicationProtocol,
        cutAfter grace: TimeAmount = .milliseconds(Limits.operatorGraceMilliseconds),
        on eventLoop: any EventLoop,
        logger: Logger,
        onStop: @escaping @Sendable () -> Void = {},
        onCut: @escaping @Sendable () -> Void = {}
    ) async throws {
        let timer = ShutdownTimer()
        // Once the application has ended, nothing is left to cut, and there may be no loop to run the timer on.
        defer { timer.cancel() }
        try await withGracefulShutdownHandler {
            try await application.run()
        } onGracefulShutdown: { [self] in
            onStop()
            timer.start(on: eventLoop, in: grace) { [self] in
                // Called even if no connections are left: work may still wait on behalf of clients that are gone.
                onCut()
                let left = count
                guard left > 0 else { return }
                logger.warning("connections cut: the time to stop is up", metadata: ["connections": "\(left)"])
                closeAll()
            }
        }
    }
}

/// Limits the time that a stop may take.
private final class ShutdownTimer: Sendable {
    private let scheduled = Mutex<Scheduled<Void>?>(nil)

    func start(on eventLoop: any EventLoop, in time: TimeAmount, _ body: @escaping @Sendable () -> Void) {
        scheduled.withLock { $0 = eventLoop.scheduleTask(in: time, body) }
    }

    func cancel() {
        scheduled.withLock { $0?.cancel() }
    }
}
