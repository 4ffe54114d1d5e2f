import EventModel
import SQLite

extension WriterSession {
    /// Compares payloads with those that their keys were first accepted with, and writes down where they differ. An
    /// event that was erased meanwhile has nothing to compare with, and nothing is noted for a key whose row has
    /// expired and is gone.
    ///
    /// - Parameter budgetBytes: How many bytes are compared, including stored ones: a few bytes can be the replay of a
    ///   large event.
    /// - Returns: What was not compared. At least one is compared.
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

    /// Whether a payload names a contact; nil if that contact was deleted, because its address may now be another's.
    private func namesContact(_ number: Int64, _ note: MismatchNotes.Note) throws(SQLiteError) -> Bool? {
        let account = note.event.account
        let contact = Position(storedAccount: account.rawValue, number: number)
        guard try contacts.exists(at: contact) else { return nil }
        return try contacts.position(of: note.payload.event.contact, in: account, identifiers: identifiers) == contact
    }
}
