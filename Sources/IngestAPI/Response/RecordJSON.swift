package import EventModel

extension JSONWriter {
    /// Writes an event as the feed returns it. Its data is written byte for byte as it was received, or as null if none
    /// was sent.
    package mutating func event(_ event: RecordedEvent) {
        object { json in
            json.name("event_id")
            json.quoted { event.id.write(to: &$0) }
            json.name("event_type")
            json.string(event.type.name)
            json.name("privy_id")
            json.string(event.contact.description)
            json.name("event_time")
            json.quoted { event.time.write(to: &$0) }
            json.name("received_at")
            json.quoted { event.receivedAt.write(to: &$0) }
            json.name("event_data")
            if let data = event.data { json.raw(data.utf8) } else { json.null() }
        }
    }

    /// Writes a contact, with null for what is not known about it.
    package mutating func contact(_ contact: Contact) {
        object { json in
            json.name("id")
            json.string(contact.id.description)
            json.name("email")
            json.string(contact.email?.address)
            json.name("phone_number")
            json.string(contact.phoneNumber?.number)
            json.name("first_name")
            json.string(contact.firstName)
            json.name("last_name")
            json.string(contact.lastName)
            json.name("tags")
            json.raw(contact.tags.utf8)
            json.name("custom_fields")
            json.raw(contact.customFields.utf8)
            json.name("unsubscribed_at")
            if let time = contact.unsubscribedAt { json.quoted { time.write(to: &$0) } } else { json.null() }
            json.name("unsubscribe_reason")
            json.string(contact.unsubscribeReason?.text)
            json.name("created_at")
            json.quoted { contact.createdAt.write(to: &$0) }
            json.name("updated_at")
            json.quoted { contact.updatedAt.write(to: &$0) }
        }
    }
}
