import ArgumentParser
import EventLedger

/// The values of a contact, as options.
struct ContactOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The email address.", valueName: "address"))
    var email: String?

    @Option(help: ArgumentHelp("The phone number, with its \"+\".", valueName: "number"))
    var phone: String?

    @Option(help: ArgumentHelp("The first name; an empty one removes it.", valueName: "name"))
    var firstName: String?

    @Option(help: ArgumentHelp("The last name; an empty one removes it.", valueName: "name"))
    var lastName: String?

    @Option(
        help: ArgumentHelp(
            "A tag; may be given more than once. They replace all tags that there are.",
            valueName: "tag"
        )
    )
    var tag: [String] = []

    @Option(
        help: ArgumentHelp(
            "A flat JSON object, which replaces all custom fields that there are.",
            valueName: "json"
        )
    )
    var customFields: String?

    /// The options as a change of a contact.
    func update() throws -> ContactUpdate {
        do throws(InvalidValue) {
            return ContactUpdate(
                email: try email.map { text throws(InvalidValue) in try EmailAddress(text) },
                phoneNumber: try phone.map { text throws(InvalidValue) in try PhoneNumber(text) },
                firstName: try ContactOptions.edit(firstName, "first_name"),
                lastName: try ContactOptions.edit(lastName, "last_name"),
                tags: tag.isEmpty ? nil : try ContactTags(tag),
                customFields: try customFields.map { text throws(InvalidValue) in try CustomFields(text) }
            )
        } catch {
            throw ValidationError("the contact's \(error.field) \(error.message)")
        }
    }

    private static func edit(
        _ text: String?,
        _ field: String
    ) throws(InvalidValue) -> ContactUpdate.Edit<ContactName> {
        guard let text else { return .keep }
        return text.isEmpty ? .remove : .set(try ContactName(text, field: field))
    }
}
