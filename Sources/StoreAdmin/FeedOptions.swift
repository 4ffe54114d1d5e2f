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
}
