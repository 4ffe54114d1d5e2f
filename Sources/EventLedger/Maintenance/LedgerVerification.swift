import EventModel
import SQLite

/// Checks that the ledger's index leads to every row of the ledger, and to nothing else.
extension ReadConnection {
    func checkIndex(_ findings: inout Findings) throws(SQLiteError) {
        let bounds = try ledger.bounds()
        var previous: Segment.Description?
        for segment in try segments.segments() {
            guard !findings.isFull else { return }
            if let previous, previous.lastEntry &+ 1 != segment.firstEntry {
                findings.add(
                    "index",
                    "segment \(segment.id) begins at entry \(segment.firstEntry), but the one before it ends at "
                        + "\(previous.lastEntry)"
                )
            } else if let previous, !segment.canFollow(previous) {
                findings.add("index", "segment \(segment.id) has a higher level than the one before it")
            }
            if previous == nil, segment.firstEntry > bounds.firstLive {
                findings.add("index", "entries \(bounds.firstLive) to \(segment.firstEntry - 1) are in no segment")
            }
            previous = segment
            guard segment.isPlausible else {
                findings.add("index", "the description of segment \(segment.id) is damaged")
                continue
            }
            try check(segment, bounds, &findings)
        }
        try checkRepeatedKeys(bounds, &findings)
    }

    /// Checks that a segment's codes are those of the rows that it stands for, and that its filter and fences are those
    /// of its codes.
    private func check(
        _ segment: Segment.Description,
        _ bounds: IdempotencyRepository.Bounds,
        _ findings: inout Findings
    ) throws(SQLiteError) {
        var check = SegmentCheck(segment, firstLiveEntry: bounds.firstLive)
        for page in 0..<segment.pageCount {
            guard try segments.withPage(page, of: segment.id, { check.add($0) }) != nil else {
                findings.add("index", "page \(page) of segment \(segment.id) is missing or damaged")
                return
            }
        }
        var rows = CodeSum()
        try ledger.forEachRow(
            from: max(segment.firstEntry, bounds.firstLive),
            atMost: Int(clamping: segment.lastEntry - segment.firstEntry + 1)
        ) { row throws(SQLiteError) in
            guard row.number <= segment.lastEntry else { return false }
            guard row.number >= segment.firstEntry else { throw .damage("the ledger's rows are not in their order") }
            let hash = keyHasher.hash(bytes: row.key, in: row.account)
            rows.add(LedgerEntryCode(hash, entry: row.number, first: segment.firstEntry))
            return true
        }
        for problem in check.problems(comparedWith: rows) {
            findings.add("index", "segment \(segment.id) \(problem)")
        }
        guard let summary = try SegmentSummary.read(of: segment, segments) else {
            findings.add(
                "index",
                "the filter of segment \(segment.id) is damaged; it is made again at the next opening"
            )
            return
        }
        if try !holdsAll(of: segment, summary) {
            findings.add("index", "the filter of segment \(segment.id) does not match its keys or their pages")
        }
    }

    private func holdsAll(of segment: Segment.Description, _ summary: SegmentSummary) throws(SQLiteError) -> Bool {
        var holdsAll = true
        for page in 0..<segment.pageCount {
            _ = try segments.withPage(page, of: segment.id) { codes in
                if codes[0] != summary.fences[page] { holdsAll = false }
                for index in 0..<codes.count {
                    let hash = LedgerEntryCode(rawValue: codes[index]).hash
                    if !summary.filter.mayContain(hash: hash) { holdsAll = false }
                }
            }
        }
        return holdsAll
    }

    // MARK: One key, one entry

    /// Checks that no key has two entries that both count, and that each key could have been accepted. An account with
    /// a window may have used a key again after it had expired.
    private func checkRepeatedKeys(
        _ bounds: IdempotencyRepository.Bounds,
        _ findings: inout Findings
    ) throws(SQLiteError) {
        let rowCount = try connection.integer(SQL.countEntries) ?? 0
        let rowsPerPass = Int64(Limits.rowsPerVerificationPass)
        let passes = UInt64(max(1, (rowCount + rowsPerPass - 1) / rowsPerPass))
        for pass in 0..<passes {
            var keys: [(hash: UInt64, entry: Int64)] = []
            try ledger.forEachRow(from: bounds.firstLive, atMost: .max) { row in
                if pass == 0, !IdempotencyKey.isValid(row.key) {
                    findings.add(
                        "ledger",
                        "entry \(row.number) of account \(row.account.rawValue) has a key that could never have been accepted"
                    )
                }
                let hash = keyHasher.hash(bytes: row.key, in: row.account).rawValue
                if hash % passes == pass { keys.append((hash, row.number)) }
                return true
            }
            keys.sort { ($0.hash, $0.entry) < ($1.hash, $1.entry) }
            for (earlier, later) in zip(keys, keys.dropFirst()) where earlier.hash == later.hash {
                guard let account = try accountOfRepeatedKey(earlier.entry, later.entry) else { continue }
                findings.add(
                    "ledger",
                    "entries \(earlier.entry) and \(later.entry) of account \(account.rawValue) have the same key"
                )
            }
        }
    }

    /// The account of two entries of one key, if the first had not expired when the second was accepted.
    private func accountOfRepeatedKey(_ first: Int64, _ second: Int64) throws(SQLiteError) -> Account.ID? {
        guard
            let one = try ledger.key(of: first), let other = try ledger.key(of: second), one.key == other.key,
            one.account == other.account,
            let firstAcceptedAt = try ledger.acceptedAt(first), let acceptedAt = try ledger.acceptedAt(second)
        else { return nil }
        let oldestLive = try accounts.numbering(of: one.account)?.oldestLive(at: acceptedAt)
        if let oldestLive, firstAcceptedAt < oldestLive { return nil }
        return one.account
    }
}

/// A summary of a set of codes, whatever their order: their count, and a sum that differs for any two sets met in
/// practice.
private struct CodeSum: Equatable {
    private(set) var count = 0
    private var sum: UInt64 = 0

    mutating func add(_ code: LedgerEntryCode) {
        count += 1
        // The finalizer of MurmurHash3, so that differences do not cancel out.
        var mixed = code.rawValue
        mixed = (mixed ^ (mixed >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        mixed = (mixed ^ (mixed >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        sum &+= mixed ^ (mixed >> 33)
    }
}

/// Reads along the codes of a segment.
private struct SegmentCheck {
    private let segment: Segment.Description
    private let firstLiveEntry: Int64
    private var last: UInt64 = 0
    private var count = 0
    private var isSorted = true
    private var live = CodeSum()

    init(_ segment: Segment.Description, firstLiveEntry: Int64) {
        self.segment = segment
        self.firstLiveEntry = firstLiveEntry
    }

    mutating func add(_ page: SegmentPage) {
        for index in 0..<page.count {
            let code = LedgerEntryCode(rawValue: page[index])
            if code.rawValue <= last { isSorted = false }
            last = code.rawValue
            count += 1
            if code.entry(first: segment.firstEntry) >= firstLiveEntry { live.add(code) }
        }
    }

    func problems(comparedWith rows: CodeSum) -> [String] {
        var problems: [String] = []
        if !isSorted { problems.append("is not in order") }
        if count != segment.entryCount { problems.append("has \(count) codes in place of \(segment.entryCount)") }
        if live != rows { problems.append("does not hold the keys of the ledger's rows that it stands for") }
        return problems
    }
}
