import EventLedger

/// What became of the lines of an import.
struct ImportTally: Sendable, Hashable {
    /// How many lines were stored as new events.
    private(set) var accepted = 0
    /// How many lines had a key that was known.
    private(set) var replayed = 0
    /// How many of these came with another payload.
    private(set) var mismatched = 0
    /// The numbers of the first of these, at most ``Limits/rejectedLinesListed``.
    private(set) var mismatchedLines: [Int] = []
    /// How many lines were refused.
    private(set) var rejected = 0
    /// How many of these have no key.
    private(set) var keyless = 0
    /// The first of the refused lines, at most ``Limits/rejectedLinesListed``.
    private(set) var listed: [LineBatch.Rejected] = []

    /// Whether some lines are not in the store now, neither from this import nor from an earlier one.
    var isIncomplete: Bool { rejected > 0 || mismatched > 0 }

    /// How many lines were processed.
    var lines: Int { accepted + replayed + rejected }

    /// Counts a batch.
    ///
    /// - Parameter results: The results of its events, one for each.
    /// - Returns: What kept some of them from being stored, if anything did.
    mutating func note(_ batch: LineBatch, _ results: [LineResult]) -> AdminFailure? {
        precondition(results.count == batch.lines.count, "every event has one result")
        var refused = batch.rejected
        var failure: AdminFailure?
        for (line, result) in zip(batch.lines, results) {
            switch result {
            case .accepted:
                accepted += 1
            case .replayed(let payloadDiffers):
                replayed += 1
                if payloadDiffers {
                    mismatched += 1
                    if mismatchedLines.count < Limits.rejectedLinesListed { mismatchedLines.append(line) }
                }
            case .rejected(let faults):
                refused.append(LineBatch.Rejected(line: line, faults: faults))
            case .failed(let reason):
                failure =
                    failure
                    ?? ImportTally.failure(at: line, "it, and perhaps others after it, could not be stored: \(reason)")
            }
        }
        rejected += refused.count
        keyless += refused.count { $0.faults == [LineImporter.noKey] }
        listed += refused.sorted { $0.line < $1.line }.prefix(Limits.rejectedLinesListed - listed.count)
        return failure
    }

    /// What kept the lines from a given one on from being stored, and what to do.
    static func failure(at line: Int, _ reason: String) -> AdminFailure {
        let sentence = reason.hasSuffix(".") ? String(reason.dropLast()) : reason
        return .unavailable(
            "line \(line): \(sentence). Run the import again then: lines with a key that were stored are replayed"
        )
    }

    /// The tally for people: the refused lines, those that are not stored for another reason, then the counts.
    var summary: [String] {
        var summary = listed.map { rejected in
            "line \(rejected.line): " + rejected.faults.map(\.description).joined(separator: "; ")
        }
        if rejected > listed.count { summary.append("and \(rejected - listed.count) more rejected lines") }
        if keyless > 0 {
            summary.append(
                "\(keyless) rejected for lack of an idempotency_key: another import would store them again. "
                    + "Give each line a key of its own, or accept them with --allow-keyless."
            )
        }
        if mismatched > 0 {
            let more = mismatched - mismatchedLines.count
            summary.append(
                "\(mismatched) not stored, because the idempotency_key was first used with another payload: line "
                    + mismatchedLines.map(String.init).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
                    + ". Give each event a key of its own; `store-admin key mismatches` tells where payloads differ."
            )
        }
        let mismatches = mismatched > 0 ? " (\(mismatched) with another payload)" : ""
        summary.append("\(accepted) accepted, \(replayed) replayed\(mismatches), \(rejected) rejected")
        return summary
    }
}
