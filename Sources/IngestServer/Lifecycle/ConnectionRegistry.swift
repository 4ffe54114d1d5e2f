import NIOCore
import Synchronization

/// The open connections of a server, so that what is left of them can be closed when the time to stop is up.
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
}
