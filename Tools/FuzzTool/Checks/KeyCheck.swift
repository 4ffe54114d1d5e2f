import EventModel
import IngestAPI

/// An idempotency key by itself, in the body, and in the `Idempotency-Key` header.
enum KeyCheck {
    static func check(_ input: UnsafeRawBufferPointer) throws(Finding) -> Verdict {
        let text = String(decoding: input, as: UTF8.self)
        let isGood = ReferenceFields.isKey(text)
        let key = try? IdempotencyKey(text)
        try expectSame(key?.utf8, isGood ? Array(text.utf8) : nil, "the key")
        try expect(key.map { $0.description.utf8.elementsEqual(text.utf8) } ?? true, "the key's text")
        try checkBody(text, key)
        try checkHeader(text)
        if let key { try checkQuoted(key) }
        return isGood ? .taken : .refused
    }

    /// As a member of a body, both unescaped and escaped.
    private static func checkBody(_ text: String, _ key: IdempotencyKey?) throws(Finding) {
        var member: [UInt8] = []
        member.appendJSON(string: text)
        let escaped =
            "\""
            + text.utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined() + "\""
        for spelling in [member, Array(escaped.utf8)] {
            let body = Array(#"{"event_type":"t","phone":"+4912345","idempotency_key":"#.utf8) + spelling + [0x7D]
            let parsed = body.withUnsafeBytes { IngestRequest.parse(body: $0) }
            switch parsed {
            case .event(let event):
                try expect(key != nil, "takes a bad key")
                try expectSame(event.idempotencyKey, key, "the body's key")
            case .invalid(let faults, let given):
                try expect(key == nil && given == nil, "refuses a good key")
                try expectSame(faults.map(\.field), ["idempotency_key"], "the fields at fault")
            case .malformed(let faults):
                throw Finding("a body with a key is malformed: \(faults)")
            }
        }
    }

    private static func checkHeader(_ value: String) throws(Finding) {
        let wanted = ReferenceFields.key(ofHeader: value)
        switch IdempotencyKeyHeader(.once(value)) {
        case .absent: throw Finding("a header counts as absent")
        case .key(let key): try expectSame(key.utf8, wanted.map { Array($0.utf8) } ?? [], "the header's key")
        case .fault(let fault):
            try expect(wanted == nil, "refuses a good header: \(fault)")
            try expectSame(fault.field, "idempotency_key", "the field at fault")
        }
    }

    /// A key that is sent as a quoted string is the same key.
    private static func checkQuoted(_ key: IdempotencyKey) throws(Finding) {
        guard !key.description.unicodeScalars.contains("\u{FFFD}") else { return }
        var quoted: [UInt8] = [0x22]
        for byte in key.utf8 {
            if byte == 0x22 || byte == 0x5C { quoted.append(0x5C) }
            quoted.append(byte)
        }
        quoted.append(0x22)
        let header = IdempotencyKeyHeader(.once(" \(String(decoding: quoted, as: UTF8.self))\t"))
        try expectSame(header, .key(key), "the key as a quoted string")
    }
}
