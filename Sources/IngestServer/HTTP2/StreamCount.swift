import EventModel
import NIOCore
import Synchronization

/// How many streams of HTTP/2 are open over all connections of a server.
///
/// Each connection may have many, and each of them takes memory.
final class StreamCount: Sendable {
    private let open = Atomic(0)
    private let most: Int

    init(most: Int = Limits.streams) {
        self.most = most
    }

    /// Counts a stream until it is closed.
    ///
    /// - Returns: Whether the number of streams is within its limit; a stream beyond it is answered as overloaded.
    func add(_ stream: any Channel) -> Bool {
        let count = open.add(1, ordering: .relaxed).newValue
        stream.closeFuture.whenComplete { [self] _ in _ = open.subtract(1, ordering: .relaxed) }
        return count <= most
    }
}
