/// What is stored of the payload that an event was made of, as far as it can be compared with another one.
package struct StoredPayload: Sendable, Hashable {
    /// The event's type.
    package var type: EventType
    /// The number of its contact within the account.
    package var contactNumber: Int64
    /// The time that the payload gave; nil where it gave none.
    package var time: EventTime?
    /// The data that the payload gave; nil where it gave none.
    package var data: EventData?

    package init(type: EventType, contactNumber: Int64, time: EventTime?, data: EventData?) {
        self.type = type
        self.contactNumber = contactNumber
        self.time = time
        self.data = data
    }

    /// Where another payload differs from this one, as JSON pointers (RFC 6901) into the payload.
    ///
    /// How the first payload named its contact is not stored. So where nothing else differs it must be that, since the
    /// fingerprints tell that something does.
    ///
    /// - Parameters:
    ///   - event: The other payload, whose fingerprint is another one.
    ///   - namesSameContact: Whether it names the same contact; nil where that cannot be told any more.
    /// - Returns: At least one pointer and no more than ``Limits/pointersPerMismatch``.
    package func differences(from event: NewEvent, namesSameContact: Bool?) -> [String] {
        var pointers: [String] = []
        if event.type != type { pointers.append("/event_type") }
        if namesSameContact == false { pointers.append(event.contact.pointer) }
        if event.time != time { pointers.append("/event_time") }
        switch (data, event.data) {
        case (let old?, let new?):
            let rest = Limits.pointersPerMismatch - 3
            pointers += JSONDifference.pointers(from: old.utf8, to: new.utf8, at: "/event_data", limit: rest)
        case (nil, nil): break
        default: pointers.append("/event_data")
        }
        return pointers.isEmpty ? [event.contact.pointer] : pointers
    }
}

extension ContactReference {
    /// Where a payload names its contact.
    fileprivate var pointer: String {
        switch self {
        case .email: "/email"
        case .phone: "/phone"
        case .id: "/privy_id"
        }
    }
}
