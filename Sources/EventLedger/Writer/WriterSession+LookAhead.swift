import EventModel

/// Makes the processor fetch what the next events will look up.
///
/// A new key is looked for in the tables in memory and in the filter of every segment, and its contact in the cache.
/// With millions of keys none of these places is in the processor's cache, and an event that waits for one after the
/// other waits longer than it computes. What is read for one event does not depend on another, so the processor fetches
/// it in parallel if it is asked for all of it at once. This changes nothing and decides nothing.
extension WriterSession {
    /// The number of events whose places are still in the processor's cache when their turn comes.
    private static let distance = 16

    /// Looks ahead when it is time to; called before each of the elements.
    mutating func lookAhead<Element>(
        from index: Int,
        _ elements: [Element],
        _ event: (Element) -> PreparedEvent?
    ) {
        guard index % WriterSession.distance == 0 else { return }
        var words: UInt64 = 0
        for element in elements[index..<min(index + WriterSession.distance, elements.count)] {
            guard let event = event(element) else { continue }
            words ^= contactCache.touch(event.contact)
            if let key = event.key { words ^= ledger.touch(key.hash) }
        }
        // Kept, so that the reads are not optimized away.
        touched ^= words
    }
}
