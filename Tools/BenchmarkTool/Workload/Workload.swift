import EventLedger
import EventModel

/// Events for the library, made of values that were checked beforehand, so that creating one costs almost nothing.
struct Workload: Sendable {
    private let template: EventTemplate
    private let type: EventType
    private let data: EventData
    private let emails: [EmailAddress]

    init(_ options: WorkloadOptions) throws {
        template = options.template
        type = try EventType(EventTemplate.type)
        data = try EventData(utf8: EventTemplate.data(bytes: options.dataBytes))
        emails = try (0..<options.contacts).map { try EmailAddress(EventTemplate.email($0)) }
    }

    /// The event with a number: always the same one.
    func event(_ number: UInt64) -> NewEvent {
        let key = [UInt8](unsafeUninitializedCapacity: EventTemplate.keyBytes) { bytes, count in
            template.writeKey(of: number, to: UnsafeMutableBufferPointer(rebasing: bytes[..<EventTemplate.keyBytes]))
            count = EventTemplate.keyBytes
        }
        return NewEvent(
            type: type,
            contact: .email(emails[template.contact(of: number)]),
            data: data,
            idempotencyKey: IdempotencyKey(stored: key)
        )
    }
}
