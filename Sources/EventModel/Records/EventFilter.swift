/// Which events of a feed a reader wants; all of them if nothing is set.
public struct EventFilter: Sendable, Hashable {
    /// Only events of this type.
    public var type: EventType?
    /// Only events about this contact.
    public var contact: ContactReference?

    /// Creates a filter.
    public init(type: EventType? = nil, contact: ContactReference? = nil) {
        self.type = type
        self.contact = contact
    }
}
