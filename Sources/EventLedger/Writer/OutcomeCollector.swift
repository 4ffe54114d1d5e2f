import EventModel
import Synchronization

/// Gathers the results of a list of events that were sent one by one, and hands them over together, in their order.
final class OutcomeCollector: Sendable {
    private struct State {
        var results: [Result<IngestOutcome, StoreError>?]
        var missing: Int
    }

    private let state: Mutex<State>
    private let completion: @Sendable ([Result<IngestOutcome, StoreError>]) -> Void

    init(count: Int, completion: @escaping @Sendable ([Result<IngestOutcome, StoreError>]) -> Void) {
        precondition(count > 0, "there is something to wait for")
        self.state = Mutex(State(results: Array(repeating: nil, count: count), missing: count))
        self.completion = completion
    }

    func set(_ result: Result<IngestOutcome, StoreError>, at index: Int) {
        let all = state.withLock { state -> [Result<IngestOutcome, StoreError>]? in
            precondition(state.results[index] == nil, "every event has one outcome")
            state.results[index] = result
            state.missing -= 1
            return state.missing == 0 ? state.results.compactMap(\.self) : nil
        }
        if let all { completion(all) }
    }
}
