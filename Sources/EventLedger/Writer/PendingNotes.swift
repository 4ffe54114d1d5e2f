import EventModel

/// What is kept only in memory until a transaction writes it: how often keys came again, payloads that are to be
/// compared, and the counts of limited accounts. A crash may lose the last of it; no answer depends on it.
struct PendingNotes {
    private var replays = ReplayTally()
    private var mismatches = MismatchNotes()
    private var rateCounts: RateCountTally

    /// How much of it a transaction writes.
    enum Amount {
        /// Only the counts of limited accounts, if they are due. Nothing else that rides along ever makes a transaction
        /// be synced for it alone, but these counts may, once in an interval.
        case onlyWhatIsDue
        /// What rides along with commands.
        case besideCommands
        /// A slice of it, when nobody waits.
        case whenIdle
        case everything

        fileprivate var replays: Int {
            switch self {
            case .onlyWhatIsDue: 0
            case .besideCommands, .whenIdle: Limits.talliesPerTransaction
            case .everything: .max
            }
        }

        fileprivate var mismatchBytes: Int {
            switch self {
            case .onlyWhatIsDue: 0
            case .besideCommands: Limits.mismatchBytesPerTransaction
            case .whenIdle: Limits.mismatchBytesPerIdleTransaction
            case .everything: .max
            }
        }
    }

    /// What one transaction writes.
    struct Portion {
        var replays: [(entry: Int64, count: ReplayTally.Count)]
        var mismatches: [MismatchNotes.Note]
        /// How many bytes of these payloads, and of those that they are compared with, are compared.
        var mismatchBytes: Int
        var rateCounts: [RateCountTally.Row]

        /// Whether it contains any counts.
        var hasCounts: Bool { !replays.isEmpty || !rateCounts.isEmpty }
    }

    init(openedAt now: Timestamp) {
        rateCounts = RateCountTally(openedAt: now)
    }

    /// Whether nothing is to be written; counts of limited accounts matter only if they are due.
    var isEmpty: Bool { replays.isEmpty && mismatches.isEmpty && rateCounts.isEmpty }

    mutating func addReplay(ofEntry entry: Int64, payloadDiffers: Bool, at now: Timestamp) {
        replays.note(entry: entry, payloadDiffers: payloadDiffers, at: now)
    }

    mutating func add(_ note: MismatchNotes.Note) {
        mismatches.add(note)
    }

    /// See ``RateCountTally/collectIfDue(from:at:)``.
    mutating func collectRateCountsIfDue(from index: TokenIndex, at now: Timestamp) {
        rateCounts.collectIfDue(from: index, at: now)
    }

    /// Treats all counts of limited accounts as due.
    mutating func collectRateCounts(from index: TokenIndex) {
        rateCounts.collect(from: index)
    }

    /// Takes a part out, to be written; what could not be written is put back with ``putBack(_:)``.
    mutating func take(_ amount: Amount) -> Portion {
        Portion(
            replays: replays.take(amount.replays),
            mismatches: mismatches.take(bytes: amount.mismatchBytes),
            mismatchBytes: amount.mismatchBytes,
            rateCounts: rateCounts.take()
        )
    }

    /// Puts back payloads that ``take(_:)`` gave out.
    mutating func putBack(_ notes: [MismatchNotes.Note]) {
        mismatches.putBack(notes)
    }

    /// Puts back what ``take(_:)`` gave out.
    mutating func putBack(_ portion: Portion) {
        replays.putBack(portion.replays)
        mismatches.putBack(portion.mismatches)
        rateCounts.putBack(portion.rateCounts)
    }
}
