import ArgumentParser
import EventLedger

/// Which part of an account's feed a command is about.
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

/// Which events a command is about.
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

    /// Checks that there is a contact with the address that is named: one that no contact has picks no event, which looks as
    /// if there were none of whoever had it.
    ///
    /// - Throws: ``AdminFailure/refused(_:)`` where there is none. An id need not be that of a contact: the events of one that
    ///   was deleted are still found by it.
    func requireContact(in account: Account.ID, _ reader: any EventReader) async throws {
        guard let contact = try filter.contact else { return }
        if case .id = contact { return }
        guard try await reader.contact(contact, in: account) == nil else { return }
        throw AdminFailure.refused(
            "no contact has this address or number; the events of one that was deleted are found by its id"
        )
    }
}
