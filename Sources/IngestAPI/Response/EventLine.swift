package import EventModel

extension JSONWriter {
    /// Writes an event as one line, in the form in which it is taken in again.
    ///
    /// Its data stands there byte for byte, but for line breaks between its tokens: they would end the line, so each becomes
    /// a space. That changes nothing of what the data means, nor of its length.
    ///
    /// - Parameters:
    ///   - contact: How the contact is named, since an id means something in its own store only.
    ///   - key: The key under which it is to be taken in.
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

    /// JSON without line breaks. In strings they are escaped already.
    private static func onOneLine(_ json: [UInt8]) -> [UInt8] {
        func isLineBreak(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
        guard json.contains(where: isLineBreak) else { return json }
        return json.map { isLineBreak($0) ? UInt8(ascii: " ") : $0 }
    }
}
