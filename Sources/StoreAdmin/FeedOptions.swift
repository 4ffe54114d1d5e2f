import ArgumentParser
import EventLedger

/// Which part of an account's feed a command works on.
struct FeedOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Only events after this place: a \"next_cursor\" or an event's id.", valueName: "cursor"),
        transform: FeedCursor.init(argument:)
    )
    var after: FeedCursor?

    @OptionGroup var events: EventFilterOptions

    /// Which events are wanted.
    var filter: EventFilter { get throws { try events.filter } }
}

/// Which events a command works on.
struct EventFilterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Only events of this type.", valueName: "type"),
        transform: EventType.init(argument:)
    )
    var type: EventType?

    @Option(
        help: ArgumentHelp(
            "Only events about this contact: a cus_ id, an email address or a +phone number.",
            valueName: "contact"
        )
    )
    var contact: String?

    func validate() throws {
        _ = try filter
    }

    /// Which events are wanted.
    var filter: EventFilter {
        get throws {
            EventFilter(type: type, contact: try contact.map(ContactReference.init(argument:)))
        }
    }

    /// Checks that the named address belongs to a contact.
    ///
    /// An address that no contact has matches no event, which would look as if whoever had it had no events.
    ///
    /// - Throws: ``AdminFailure/refused(_:)`` if there is no such contact. An id need not belong to a contact: the
    ///   events of a deleted contact are still found by its id.
    func requireContact(in account: Account.ID, _ reader: any EventReader) async throws {
        guard let contact = try filter.contact else { return }
        if case .id = contact { return }
        guard try await reader.contact(contact, in: account) == nil else { return }
        throw AdminFailure.refused(
            "no contact has this address or number; the events of one that was deleted are found by its id"
        )
    }
}
