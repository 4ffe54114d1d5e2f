import EventModel
import SQLite

extension ReadConnection {
    /// Reads the whole store and checks that everything in it fits together, at one moment.
    func verify() throws(StoreError) -> [VerificationFinding] {
        var findings = Findings()
        do throws(StoreError) {
            try connection.atOneMoment { () throws(SQLiteError) in
                try checkIntegrity(&findings)
                try checkReferences(&findings)
                try checkSequences(&findings)
                try checkLedger(&findings)
                try checkIndex(&findings)
            }
        } catch {
            // Damage that stops the checks is what an operator wants to know first, and not a failure of the check.
            guard case .damaged(let reason) = error else { throw error }
            findings.add("integrity", reason)
        }
        return findings.list
    }

    /// Runs SQLite's own check of every page, index and constraint, on a separate connection.
    private func checkIntegrity(_ findings: inout Findings) throws(SQLiteError) {
        for line in try ReadConnection.integrityFaults(try StoreOpening.connect(path, .readWrite)) {
            findings.add("integrity", line)
        }
    }

    /// On a file that was opened for reading only, SQLite does not even parse the constraints, and finds that every row
    /// keeps them. So the connection is one that may write but is told not to; if the file cannot be opened for
    /// writing, a copy is checked.
    static func integrityFaults(_ connection: borrowing Connection) throws(SQLiteError) -> [String] {
        if connection.isReadOnly {
            // A file without a name, in the folder for temporary files
            // (https://www.sqlite.org/inmemorydb.html#temp_db).
            let copy = try Connection(path: "", mode: .readWrite)
            try connection.backUp(to: copy, pagesPerStep: .max)
            return try integrityFaults(copy)
        }
        var lines: [String] = []
        try connection.prepare(SQL.integrityCheck).forEach { row in
            lines.append(row.text(0))
            return true
        }
        return lines.filter { $0 != "ok" }
    }

    /// Checks that every event has its contact, every token and app its account, and every entry of the ledger its
    /// account and either its event or the event's erasure.
    private func checkReferences(_ findings: inout Findings) throws(SQLiteError) {
        try collect(SQL.eventsWithoutContact, &findings) { row in
            ("events", "event \(row.integer(1)) of account \(row.integer(0)) has no contact")
        }
        try collect(SQL.deletedContactsThatExist, &findings) { row in
            ("contacts", "contact \(row.integer(1)) of account \(row.integer(0)) was deleted, and is stored")
        }
        try collect(SQL.entriesOfNoAccount, &findings) { row in
            ("ledger", "entry \(row.integer(0)) is of account \(row.integer(1)), which does not exist")
        }
        try collect(SQL.accessOfNoAccount, &findings) { row in
            ("access", "\(row.text(0)) \(row.integer(1)) is of account \(row.integer(2)), which does not exist")
        }
        try collect(SQL.entriesWithoutEvent, &findings) { row in
            (
                "ledger",
                "entry \(row.integer(0)) of account \(row.integer(1)) names event \(row.integer(2)), "
                    + "which is neither stored nor erased"
            )
        }
        try collect(SQL.mismatchesOfNothing, &findings) { row in
            (
                "mismatches",
                "what differed from event \(row.integer(1)) of account \(row.integer(0)) is noted, "
                    + "but the event or its entry in the ledger is gone"
            )
        }
        try collect(SQL.eventsWithTwoEntries, &findings) { row in
            ("ledger", "event \(row.integer(1)) of account \(row.integer(0)) has more than one entry")
        }
    }

    /// Checks that within each account the numbers of events and contacts have no gaps except erasures, and end where
    /// the account says.
    private func checkSequences(_ findings: inout Findings) throws(SQLiteError) {
        var erased: [Position: Position] = [:]
        try connection.prepare(SQL.selectErasures).forEach { row in
            erased[Position(rawValue: row.integer(0))] = Position(rawValue: row.integer(1))
            return true
        }
        var lastEvents: [Account.ID: Int64] = [:]
        var lastContacts: [Account.ID: Int64] = [:]
        try connection.prepare(SQL.selectAllNumbering).forEach { row in
            let account = Account.ID(rawValue: row.integer(0))
            lastEvents[account] = row.integer(1)
            lastContacts[account] = row.integer(2)
            return true
        }
        var events = SequenceCheck(name: "event", erased: erased, last: lastEvents)
        try connection.prepare(SQL.selectEventPositions).forEach { row in
            let position = Position(rawValue: row.integer(0))
            events.add(position, &findings)
            if !row.isNull(1), (try? EventData(utf8: row.bytes(1))) == nil {
                findings.add("events", EventRepository.unreadable(position, identifiers))
            }
            return !findings.isFull
        }
        events.finish(&findings)

        try collect(SQL.overlappingGaps, &findings) { row in
            let position = Position(rawValue: row.integer(1))
            return (
                "sequences",
                "the \(row.text(0)) from \(position.number) of account \(position.account.rawValue) begins within the one before"
            )
        }
        try checkContacts(last: lastContacts, &findings)
    }

    /// Checks that the numbers of contacts have no gaps except deletions and numbers passed over, and that what is
    /// known of each contact can be read.
    private func checkContacts(last: [Account.ID: Int64], _ findings: inout Findings) throws(SQLiteError) {
        var missing: [Position: Position] = [:]
        try connection.prepare(SQL.selectContactDeletions).forEach { row in
            let position = Position(rawValue: row.integer(0))
            missing[position] = position
            return true
        }
        try connection.prepare(SQL.selectAllContactGaps).forEach { row in
            missing[Position(rawValue: row.integer(0))] = Position(rawValue: row.integer(1))
            return true
        }
        var contacts = SequenceCheck(name: "contact", erased: missing, last: last)
        try connection.prepare(SQL.selectContactsToCheck).forEach { row in
            let position = Position(rawValue: row.integer(0))
            contacts.add(position, &findings)
            if !ContactTags.isValid(row.bytes(1)) || (try? CustomFields(utf8: row.bytes(2))) == nil {
                findings.add(
                    "contacts",
                    "the tags or the fields of contact \(position.number) of account "
                        + "\(position.account.rawValue) are not valid"
                )
            }
            return !findings.isFull
        }
        contacts.finish(&findings)
    }

    /// Checks that the ledger's rows are numbered without gaps, from the first one that has not expired.
    private func checkLedger(_ findings: inout Findings) throws(SQLiteError) {
        let firstLive = try connection.integer(SQL.selectFirstLiveEntry) ?? 1
        let counted = try connection.prepare(SQL.selectEntryGaps).first { row in
            (count: row.integer(0), first: row.integer(1), last: row.integer(2))
        }
        guard let counted, counted.count > 0 else { return }
        if counted.first > firstLive {
            findings.add("ledger", "entries \(firstLive) to \(counted.first - 1) are missing")
        }
        if counted.last &- counted.first &+ 1 != counted.count {
            let missing = counted.last &- counted.first &+ 1 &- counted.count
            findings.add("ledger", "\(missing) entries between \(counted.first) and \(counted.last) are missing")
        }
    }

    private func collect(
        _ sql: String,
        _ findings: inout Findings,
        describe: (borrowing Row) -> (check: String, message: String)
    ) throws(SQLiteError) {
        guard !findings.isFull else { return }
        try connection.prepare(sql).forEach {
            $0.set(1, Int64(Limits.faultsPerVerification))
        } read: { row in
            let (check, message) = describe(row)
            findings.add(check, message)
            return !findings.isFull
        }
    }
}

/// What was found so far, up to ``Limits/faultsPerVerification``.
struct Findings {
    private(set) var list: [VerificationFinding] = []

    var isFull: Bool { list.count >= Limits.faultsPerVerification }

    mutating func add(_ check: String, _ message: String) {
        guard !isFull else { return }
        list.append(VerificationFinding(check: check, message: message))
    }
}
