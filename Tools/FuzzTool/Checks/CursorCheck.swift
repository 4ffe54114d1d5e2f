import EventModel

/// The ids that readers keep: a feed cursor, an event's id, a contact's id.
enum CursorCheck {
    static func check(_ input: UnsafeRawBufferPointer) throws(Finding) -> Verdict {
        let text = String(decoding: input, as: UTF8.self)
        let isCursor =
            text.unicodeScalars.count == 24
            && text.unicodeScalars.allSatisfy("0123456789abcdef".unicodeScalars.contains)
        let cursor = FeedCursor(text)
        try expectSame(cursor?.description, isCursor ? text : nil, "the cursor written again")
        try expectSame(cursor?.lastSeen, EventID(text), "the event's id")
        // Part of a longer text is read like the same text alone.
        let longer = "x" + text + "y"
        let part = Substring(longer.utf8.dropFirst().dropLast())
        try expectSame(FeedCursor(part), cursor, "the cursor as a part of a text")
        if let cursor {
            try expectSame(FeedCursor(after: cursor.lastSeen), cursor, "the cursor after its event")
            try expectSame(String(cursor.lastSeen.rawValue, radix: 16), withoutZeros(text), "the cursor's value")
        }
        let contact = ContactID(text)
        try expectSame(contact?.description, ReferenceFields.isContactID(text) ? text : nil, "the contact's id")
        if let contact {
            try expectSame(
                String(contact.rawValue, radix: 36),
                withoutZeros(text.dropFirst(4)),
                "the contact id's value"
            )
        }
        try checkValues(Array(input.prefix(12)))
        return cursor != nil || contact != nil ? .taken : .refused
    }

    private static func withoutZeros(_ digits: some StringProtocol) -> String {
        let rest = digits.drop { $0 == "0" }
        return rest.isEmpty ? "0" : String(rest)
    }

    /// Every value is written in a form that is read as the same value.
    private static func checkValues(_ bytes: [UInt8]) throws(Finding) {
        let value = bytes.reduce(0) { $0 << 8 | UInt128($1) }
        let event = EventID(rawValue: value)
        try expectSame(EventID(event.description), event, "an event's id, read again")
        try expectSame(FeedCursor(event.description), FeedCursor(after: event), "a cursor, read again")
        let contact = ContactID(rawValue: value & ((1 << 82) - 1))
        try expectSame(ContactID(contact.description), contact, "a contact's id, read again")
    }
}
