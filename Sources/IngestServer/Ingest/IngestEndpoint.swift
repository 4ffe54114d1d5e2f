import EventLedger
import NIOCore
import Synchronization

/// What answers the events of a server: gives each event loop its ``IngestTurn``, and each connection its
/// ``IngestExchange``.
final class IngestEndpoint: Sendable {
    private let store: any EventStore
    private let authorization: RequestAuthorization
    private let budget: MemoryBudget
    private let turns = Mutex<[ObjectIdentifier: NIOLoopBound<IngestTurn>]>([:])

    /// - Parameter bodies: What bodies take from while they come in.
    init(store: any EventStore, authorization: RequestAuthorization, bodies: MemoryBudget) {
        self.store = store
        self.authorization = authorization
        self.budget = bodies
    }

    /// What answers the events of a connection of this event loop; called on it.
    ///
    /// - Parameter reservesAll: Whether bodies that come in one piece count as well: a connection of HTTP/1.1 holds one of
    ///   them, and one of HTTP/2 as many as it has streams.
    func exchange(on eventLoop: any EventLoop, reservesAll: Bool) -> IngestExchange {
        let turn = turns.withLock { turns in
            if let turn = turns[ObjectIdentifier(eventLoop)] { return turn }
            let turn = NIOLoopBound(IngestTurn(store: store, eventLoop: eventLoop), eventLoop: eventLoop)
            turns[ObjectIdentifier(eventLoop)] = turn
            return turn
        }
        return IngestExchange(
            store: store,
            authorization: authorization,
            turn: turn.value,
            budget: budget,
            reservesAll: reservesAll,
            eventLoop: eventLoop
        )
    }
}
