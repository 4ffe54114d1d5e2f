import EventModel
import SQLite

extension WriterSession {
    /// Compares payloads with those that their keys were first accepted with, and writes down where they differ. An event
    /// that was erased meanwhile has nothing to be compared with, and of a key that has gone with its time nothing is noted.
    ///
    /// - Parameter budgetBytes: How much is compared, what is stored included: a few bytes can be the repeat of a large event.
    /// - Returns: What was not compared. At least one is.
    func compare(_ notes: [MismatchNotes.Note], budgetBytes: Int) throws(SQLiteError) -> [MismatchNotes.Note] {
        var comparedBytes = 0
        for (index, note) in notes.enumerated() {
            guard comparedBytes < budgetBytes else { return Array(notes[index...]) }
            guard try ledger.holds(note.entry), let stored = try events.payload(at: note.event) else { continue }
            comparedBytes += note.payload.byteCount + (stored.data?.utf8.count ?? 0)
            let pointers = stored.differences(
                from: note.payload.event,
                namesSameContact: try namesContact(stored.contactNumber, note)
            )
            try mismatches.note(pointers, of: note.event, entry: note.entry, at: now)
        }
        return []
    }

    /// Whether a payload names a contact; nil where that contact was deleted, since its address may be another's now.
    private func namesContact(_ number: Int64, _ note: MismatchNotes.Note) throws(SQLiteError) -> Bool? {
        let account = note.event.account
        let contact = Position(storedAccount: account.rawValue, number: number)
        guard try contacts.exists(at: contact) else { return nil }
        return try contacts.position(of: note.payload.event.contact, in: account, identifiers: identifiers) == contact
    }
}
