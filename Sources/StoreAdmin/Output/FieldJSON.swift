import EventLedger
import IngestAPI

extension JSONWriter {
    /// Writes an object of fields.
    mutating func object(_ members: some Sequence<Member>) {
        object { json in
            for member in members {
                json.name(escaping: member.name)
                json.field(member.value)
            }
        }
    }

    private mutating func field(_ field: Field) {
        switch field {
        case .null, .absent: null()
        case .text(let text): string(text)
        case .time(let time): string(time.description)
        case .integer(let value), .byteCount(let value): number(value)
        case .boolean(let value): boolean(value)
        case .json(let verbatim): raw(verbatim)
        case .texts(let texts): array(texts) { $0.string($1) }
        }
    }
}
