package import EventModel

extension JSONWriter {
    /// Writes an event as one line, in the form in which it can be ingested again.
    ///
    /// The data is written byte for byte, except that each line break between its tokens becomes a space, because it
    /// would end the line. That changes neither the meaning of the data nor its length.
    ///
    /// - Parameters:
    ///   - contact: How to name the contact, because an id has a meaning only in its own store.
    ///   - key: The key under which the event is to be ingested again.
    package mutating func line(of event: RecordedEvent, about contact: ContactReference, key: IdempotencyKey) {
        object { json in
            json.name("event_type")
            json.string(event.type.name)
            switch contact {
            case .email(let email):
                json.name("email")
                json.string(email.address)
            case .phone(let phone):
                json.name("phone")
                json.string(phone.number)
            case .id(let id):
                json.name("privy_id")
                json.string(id.description)
            }
            json.name("event_time")
            json.quoted { event.time.write(to: &$0) }
            if let data = event.data {
                json.name("event_data")
                json.raw(JSONWriter.onOneLine(data.utf8))
            }
            json.name("idempotency_key")
            json.string(key.description)
        }
        endLine()
    }

    /// JSON with a space in place of each line break. Inside strings, line breaks are already escaped.
    private static func onOneLine(_ json: [UInt8]) -> [UInt8] {
        func isLineBreak(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
        guard json.contains(where: isLineBreak) else { return json }
        return json.map { isLineBreak($0) ? UInt8(ascii: " ") : $0 }
    }
}
