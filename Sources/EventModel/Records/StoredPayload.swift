/// The part of an event's payload that is stored and can be compared with another payload.
package struct StoredPayload: Sendable, Hashable {
    /// The event's type.
    package var type: EventType
    /// The number of its contact within the account.
    package var contactNumber: Int64
    /// The time that the payload gave; nil if it gave none.
    package var time: EventTime?
    /// The data that the payload gave; nil if it gave none.
    package var data: EventData?

    package init(type: EventType, contactNumber: Int64, time: EventTime?, data: EventData?) {
        self.type = type
        self.contactNumber = contactNumber
        self.time = time
        self.data = data
    }

    /// Where another payload differs from this one, as JSON pointers (RFC 6901) into the payload.
    ///
    /// The store does not keep how the first payload named its contact. The fingerprints already show that something
    /// differs, so if nothing else does, it must be that.
    ///
    /// - Parameters:
    ///   - event: The other payload, which has a different fingerprint.
    ///   - namesSameContact: Whether it names the same contact; nil if that is no longer known.
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
