import EventModel

/// A payload's fingerprint and the differences of two payloads, checked against the meaning of the data.
///
/// An input is one object, or two with a record separator (U+001E) between them.
enum FingerprintCheck {
    static let separator: UInt8 = 0x1E

    static func check(_ input: UnsafeRawBufferPointer) throws(Finding) -> Verdict {
        let bytes = Array(input)
        let parts = bytes.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false).map(Array.init)
        guard
            let node = ReferenceJSON.read(parts[0]).node, node.members != nil,
            let data = try? EventData(utf8: parts[0])
        else { return .refused }

        var respelling = Respelling(seed: seed(of: bytes))
        let text = respelling.spell(node)
        guard let respelled = try? EventData(text) else { throw Finding("refuses another spelling: \(text)") }
        try expectSame(try fingerprint(respelled), fingerprint(data), "the fingerprint of another spelling, \(text)")
        try expectSame(try differences(data, respelled), [], "the differences of another spelling, \(text)")
        try expectSame(try fingerprint(data, key: "a"), fingerprint(data), "the fingerprint with a key")

        if parts.count == 2, let other = ReferenceJSON.read(parts[1]).node,
            let otherData = try? EventData(utf8: parts[1])
        {
            try compare(node, data, other, otherData)
        }
        return .taken
    }

    private static func compare(
        _ node: ReferenceNode,
        _ data: EventData,
        _ other: ReferenceNode,
        _ otherData: EventData
    ) throws(Finding) {
        guard let meaning = ReferenceMeaning(node), let otherMeaning = ReferenceMeaning(other) else { return }
        let isSame = meaning == otherMeaning
        try expectSame(try fingerprint(data) == fingerprint(otherData), isSame, "whether the fingerprints are the same")
        let there = try differences(data, otherData)
        try expectSame(there.isEmpty, isSame, "whether there are no differences")
        try expectSame(try differences(otherData, data), there, "the differences seen from the other side")
        try expect(there.count <= Limits.pointersPerMismatch, "too many differences")
        for pointer in there {
            try expect(pointer.utf8.count <= Limits.pointerBytes, "too long a pointer")
            try expect(pointer.hasPrefix("/event_data"), "a pointer to something else: \(pointer)")
        }
    }

    private static let type = try? EventType("t")
    private static let phone = try? PhoneNumber("+4912345")

    private static func event(_ data: EventData, key: String? = nil) throws(Finding) -> NewEvent {
        guard let type, let phone else { throw Finding("no event can be made") }
        let key = key.flatMap { try? IdempotencyKey($0) }
        return NewEvent(type: type, contact: .phone(phone), data: data, idempotencyKey: key)
    }

    private static func fingerprint(_ data: EventData, key: String? = nil) throws(Finding) -> PayloadFingerprint {
        PayloadFingerprint(of: try event(data, key: key))
    }

    private static func differences(_ old: EventData, _ new: EventData) throws(Finding) -> [String] {
        let event = try event(new)
        let stored = StoredPayload(type: event.type, contactNumber: 1, time: nil, data: old)
        let pointers = stored.differences(from: event, namesSameContact: true)
        // If nothing else differs, it must have been the contact.
        return pointers == ["/phone"] ? [] : pointers
    }
}
