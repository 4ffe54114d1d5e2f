package import EventModel

/// The events of a batch after reading: the valid ones, and what is wrong with the others, each in its place.
package struct ParsedBatch: Sendable, Hashable {
    /// An event that breaks a rule.
    package struct Faulty: Sendable, Hashable {
        /// How many valid events come before it.
        package var eventsBefore: Int
        /// What is wrong with it.
        package var faults: [InvalidValue]
        /// Its key, if that is valid: a known key still answers.
        package var key: IdempotencyKey?
    }

    /// The valid events in their order.
    package private(set) var events: [NewEvent] = []
    /// The others in their order.
    package private(set) var faulty: [Faulty] = []

    /// Creates a batch without events.
    package init() {}

    /// How many events there are, valid or not.
    package var count: Int { events.count + faulty.count }

    /// Adds the result of reading the next event.
    package mutating func append(_ parsed: ParsedIngest) {
        switch parsed {
        case .event(let event):
            events.append(event)
        case .invalid(let faults, let key):
            faulty.append(Faulty(eventsBefore: events.count, faults: faults, key: key))
        case .malformed(let faults):
            faulty.append(Faulty(eventsBefore: events.count, faults: faults, key: nil))
        }
    }
}

// MARK: Taking it to a store

extension ParsedBatch {
    /// Whether any event that breaks a rule has a key that may be known and so answer for it.
    package var holdsKeysToLookUp: Bool { faulty.contains { $0.key != nil } }

    /// The results in the order of the batch.
    ///
    /// - Parameters:
    ///   - stored: What became of the valid events, one result for each.
    ///   - answers: What the keys of the other events answered, one element for each event; empty if none was looked
    ///     up.
    package func results(ofEvents stored: [BatchResult], ofFaulty answers: [BatchResult?] = []) -> [BatchResult] {
        precondition(stored.count == events.count, "every event has one result")
        precondition(answers.isEmpty || answers.count == faulty.count, "every faulty event has one answer, or none has")
        if faulty.isEmpty { return stored }
        var results: [BatchResult] = []
        results.reserveCapacity(count)
        var taken = 0
        for (index, event) in faulty.enumerated() {
            results += stored[taken..<event.eventsBefore]
            taken = event.eventsBefore
            results.append((answers.isEmpty ? nil : answers[index]) ?? .rejected(event.faults))
        }
        return results + stored[taken...]
    }

    /// Offers the batch to a store and looks up the keys of the events that break a rule. The results are those that
    /// the events would have had one after the other.
    ///
    /// Usually all valid events go in one list. The list is split only before a faulty event whose key a valid event of
    /// the batch has too, because it then matters which one comes first.
    ///
    /// - Parameters:
    ///   - ingest: Ingests events and returns their results, one for each.
    ///   - replay: Returns what a key answers, or nil if the key is not known.
    package func results<Failure: Error>(
        ingest: @Sendable (ArraySlice<NewEvent>) async throws(Failure) -> [BatchResult],
        replay: @Sendable (IdempotencyKey) async throws(Failure) -> BatchResult?
    ) async throws(Failure) -> [BatchResult] {
        let keys = holdsKeysToLookUp ? Set(events.lazy.compactMap(\.idempotencyKey)) : []
        var stored: [BatchResult] = []
        var answers: [BatchResult?] = []
        for event in faulty {
            guard let key = event.key else {
                answers.append(nil)
                continue
            }
            if keys.contains(key), stored.count < event.eventsBefore {
                stored += try await ingest(events[stored.count..<event.eventsBefore])
            }
            answers.append(try await replay(key))
        }
        if stored.count < events.count { stored += try await ingest(events[stored.count...]) }
        return results(ofEvents: stored, ofFaulty: answers)
    }
}
