/// A value that breaks a rule: the field that holds it, and the rule.
///
/// The message never repeats the value itself, so it can be logged and sent back without disclosing anybody's data.
public struct InvalidValue: Error, Sendable, Hashable {
    /// The name of the member that holds the value, as the HTTP contract spells it (`email`, `event_data`), or `base`
    /// if the fault is in the whole.
    public var field: String
    /// What is wrong and what would be right, as a sentence without its subject: "must be a string".
    public var message: String

    /// Creates the description of one fault.
    public init(field: String, message: String) {
        self.field = field
        self.message = message
    }
}

extension InvalidValue: CustomStringConvertible {
    /// The field and the message: `email must be a string`.
    public var description: String { "\(field) \(message)" }
}
