import EventModel

/// Payloads that came with the key of another payload, and wait to be compared with it.
///
/// Comparing takes a read of the store and a walk through both payloads. So it is done in transactions that are synced
/// anyway, a little in each, or when nobody is waiting. A new key costs nothing for it, and a repeat only has to be put
/// here. A payload that does not fit is counted all the same but not compared; an earlier one of the same entry still
/// is.
struct MismatchNotes {
    struct Note: Sendable {
        var entry: Int64
        var event: Position
        var payload: PreparedEvent
    }

    /// By entry; the payload that came last is compared.
    private var notes: [Int64: Note] = [:]
    private var bytes = 0

    var isEmpty: Bool { notes.isEmpty }

    mutating func add(_ note: Note) {
        let earlierBytes = notes[note.entry]?.payload.byteCount
        let newBytes = bytes - (earlierBytes ?? 0) + note.payload.byteCount
        guard
            earlierBytes != nil || notes.count < Limits.mismatchesInMemory,
            newBytes <= Limits.mismatchBytesInMemory
        else { return }
        notes[note.entry] = note
        bytes = newBytes
    }

    /// Takes out notes up to a number of bytes; those that could not be written are put back with ``putBack(_:)``.
    mutating func take(bytes budget: Int) -> [Note] {
        guard budget > 0, !notes.isEmpty else { return [] }
        var rest = budget
        var taken: [Note] = []
        for note in notes.values where note.payload.byteCount <= rest {
            rest -= note.payload.byteCount
            taken.append(note)
        }
        for note in taken {
            notes[note.entry] = nil
            bytes -= note.payload.byteCount
        }
        return taken
    }

    /// Puts back what ``take(bytes:)`` gave out, except for entries that have a newer payload.
    mutating func putBack(_ taken: [Note]) {
        for note in taken where notes[note.entry] == nil { add(note) }
    }
}
