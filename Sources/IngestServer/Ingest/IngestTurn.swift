import EventLedger
import IngestAPI
import NIOCore

/// The events that came in during one turn of an event loop, on all of its connections.
///
/// They are handed to the store as one list per account: the writer is woken once for all of them, puts them into one
/// transaction, and calls back once.
///
/// It belongs to its event loop. A turn ends when everything readable has been read, so no event waits for it.
final class IngestTurn {
    private struct List {
        var events: [NewEvent] = []
        var exchanges: [IngestExchange] = []

        /// - Returns: How many events the list has now.
        mutating func add(_ event: NewEvent, for exchange: IngestExchange) -> Int {
            events.append(event)
            exchanges.append(exchange)
            return events.count
        }
    }

    private let store: any EventStore
    private let eventLoop: any EventLoop
    private var lists: [Account.ID: List] = [:]

    init(store: any EventStore, eventLoop: any EventLoop) {
        self.store = store
        self.eventLoop = eventLoop
    }

    /// Hands an event to the store at the end of this turn, or once the account's list is full.
    ///
    /// The exchange receives the outcome on this loop.
    func add(_ event: NewEvent, into account: Account.ID, for exchange: IngestExchange) {
        if lists.isEmpty { eventLoop.assumeIsolated().execute { self.end() } }
        let count = lists[account, default: List()].add(event, for: exchange)
        if count == Limits.eventsPerTurn, let full = lists.updateValue(List(), forKey: account) {
            submit(full, into: account)
        }
    }

    private func end() {
        let ended = lists
        lists.removeAll(keepingCapacity: true)
        for (account, list) in ended where !list.events.isEmpty { submit(list, into: account) }
    }

    private func submit(_ list: List, into account: Account.ID) {
        let eventLoop = eventLoop
        let exchanges = NIOLoopBound(list.exchanges, eventLoop: eventLoop)
        store.submit(list.events, into: account) { results in
            // Answers are written on the event loop: this is a thread of the store's.
            eventLoop.execute {
                for (exchange, result) in zip(exchanges.value, results) { exchange.complete(result) }
            }
        }
    }
}
