import EventModel

/// How often keys came again since this was last written down.
///
/// A repeat is answered from what is on disk already, so it needs no sync. Its count is written when the writer has
/// nothing else to do, or together with new events. A crash loses the counts of the last moments, but never an answer.
struct ReplayTally {
    typealias Count = ReplayRepository.Count

    private var counts: [Int64: Count] = [:]

    var isEmpty: Bool { counts.isEmpty }

    /// Counts one repeat of an entry's key. The tally reaches ``Limits/talliedKeys`` keys only if a disk stays full;
    /// then repeats of further keys are not counted.
    mutating func note(entry: Int64, payloadDiffers: Bool, at now: Timestamp) {
        guard counts.count < Limits.talliedKeys || counts[entry] != nil else { return }
        var count = counts[entry] ?? Count(replays: 0, mismatches: 0, lastReplayedAt: nil)
        count.replays += 1
        count.mismatches += payloadDiffers ? 1 : 0
        count.lastReplayedAt = now
        counts[entry] = count
    }

    /// Takes out up to `limit` counts, to be written; what could not be written is put back with ``putBack(_:)``.
    mutating func take(_ limit: Int) -> [(entry: Int64, count: Count)] {
        var taken: [(entry: Int64, count: Count)] = []
        while taken.count < limit, let (entry, count) = counts.popFirst() {
            taken.append((entry, count))
        }
        // In order, so that people can tell the rows of one flush apart.
        return taken.sorted { $0.entry < $1.entry }
    }

    /// Puts back what ``take(_:)`` gave out.
    mutating func putBack(_ taken: [(entry: Int64, count: Count)]) {
        for (entry, count) in taken {
            var sum = counts[entry] ?? Count(replays: 0, mismatches: 0, lastReplayedAt: nil)
            sum.replays += count.replays
            sum.mismatches += count.mismatches
            sum.lastReplayedAt = sum.lastReplayedAt ?? count.lastReplayedAt
            counts[entry] = sum
        }
    }
}
