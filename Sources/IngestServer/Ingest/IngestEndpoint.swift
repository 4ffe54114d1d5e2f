import EventLedger
import NIOCore
import Synchronization

/// Answers the events of a server: each event loop has an ``IngestTurn``, each connection an ``IngestExchange``.
final class IngestEndpoint: Sendable {
    private let store: any EventStore
    private let authorization: RequestAuthorization
    private let budget: MemoryBudget
    private let turns = Mutex<[ObjectIdentifier: NIOLoopBound<IngestTurn>]>([:])

    /// - Parameter bodies: The budget that bodies take from while they come in.
    init(store: any EventStore, authorization: RequestAuthorization, bodies: MemoryBudget) {
        self.store = store
        self.authorization = authorization
        self.budget = bodies
    }

    /// The exchange that answers the events of a connection on this event loop; called on that loop.
    ///
    /// - Parameter reservesAll: Whether bodies that come in one piece take from the budget as well: a connection of
    ///   HTTP/1.1 holds one of them, and one of HTTP/2 as many as it has streams.
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
