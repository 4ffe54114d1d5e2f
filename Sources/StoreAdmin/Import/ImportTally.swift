import EventLedger

/// What became of the lines of an import.
struct ImportTally: Sendable, Hashable {
    /// How many lines were stored as new events.
    private(set) var accepted = 0
    /// How many lines had a key that was known.
    private(set) var replayed = 0
    /// How many of these came with another payload.
    private(set) var mismatched = 0
    /// How many lines were refused.
    private(set) var rejected = 0
    /// How many of these have no key.
    private(set) var keyless = 0
    /// The first of the refused lines, at most ``Limits/rejectedLinesListed``.
    private(set) var listed: [LineBatch.Rejected] = []

    /// How many lines were dealt with.
    var lines: Int { accepted + replayed + rejected }

    /// Counts a batch.
    ///
    /// - Parameter results: What became of its events, one for each.
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
                mismatched += payloadDiffers ? 1 : 0
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

    /// What kept lines from being stored, from one on, and what to do.
    static func failure(at line: Int, _ reason: String) -> AdminFailure {
        let sentence = reason.hasSuffix(".") ? String(reason.dropLast()) : reason
        return .unavailable(
            "line \(line): \(sentence). Run the import again then: lines with a key that were stored are replayed"
        )
    }

    /// The tally for people: the refused lines, then the counts.
    var summary: [String] {
        var summary = listed.map { rejected in
            "line \(rejected.line): " + rejected.faults.map(\.description).joined(separator: "; ")
        }
        if rejected > listed.count { summary.append("and \(rejected - listed.count) more rejected lines") }
        if keyless > 0 {
            summary.append(
                "\(keyless) rejected for want of an idempotency_key: another import would store them again. "
                    + "Give each line a key of its own, or take them with --allow-keyless."
            )
        }
        let mismatches = mismatched > 0 ? " (\(mismatched) with another payload)" : ""
        summary.append("\(accepted) accepted, \(replayed) replayed\(mismatches), \(rejected) rejected")
        return summary
    }
}
